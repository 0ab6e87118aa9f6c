import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginBundle;
import org.elasticsearch.plugins.PluginsLoader;

/** Starts one Elasticsearch node from the jars of Maven Central, and stops it when standard input ends. Arguments: key=value settings. */
final class StartNode {
    public static void main(String[] arguments) throws Exception {
        Path home = Path.of(System.getProperty("es.path.home"));
        Settings.Builder settings = Settings.builder();
        for (String argument : arguments) {
            int sign = argument.indexOf('=');
            settings.put(argument.substring(0, sign), argument.substring(sign + 1));
        }
        LogConfigurator.configureESLogging();
        var environment = InternalSettingsPreparer.prepareEnvironment(settings.build(), Map.of(), home.resolve("config"), () -> "secondpass-test");
        LogConfigurator.configureWithoutConfig(environment.settings());
        var loader = PluginsLoader.createPluginsLoader(bundles(home.resolve("modules")), Set.of(), Map.of());
        Node node = new Node(environment, loader);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> close(node)));
        node.start();
        System.out.println("started");
        // Whoever started this process holds its input open; when that process ends, however it ends, so does the node.
        while (System.in.read() >= 0) { }
        System.exit(0);
    }

    /** Version 8 takes the folder, version 9 the folder and a flag. */
    @SuppressWarnings("unchecked")
    private static Set<PluginBundle> bundles(Path modules) throws ReflectiveOperationException {
        for (Method method : PluginsLoader.class.getMethods()) {
            if (!method.getName().equals("loadModulesBundles")) continue;
            Object[] values = method.getParameterCount() == 1 ? new Object[] {modules} : new Object[] {modules, false};
            return (Set<PluginBundle>) method.invoke(null, values);
        }
        throw new NoSuchMethodException("PluginsLoader.loadModulesBundles");
    }

    private static void close(Node node) {
        try {
            node.close();
        } catch (Exception error) {
            System.err.println("The node did not close: " + error);
        }
    }
}
