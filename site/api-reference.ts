import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Application, Converter, type ProjectReflection, ReflectionKind, type TypeDocOptions } from 'typedoc';
import type { PluginOptions } from 'typedoc-plugin-markdown';
import { root } from './source-pages.ts';

/** What a package's manifest says of one way to import it. */
interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, { readonly types?: string }>>;
}

/** Sources of every entry of every package, by the name that a program imports. */
export function entryPoints(): ReadonlyMap<string, string> {
  const entries = new Map<string, string>();
  for (const file of globSync('packages/*/package.json', { cwd: root }).sort()) {
    const {
      name,
      private: hidden,
      exports = {},
    } = JSON.parse(readFileSync(join(root, file), 'utf8')) as Manifest;
    if (hidden) continue;
    for (const [path, { types }] of Object.entries(exports)) {
      if (types === undefined) continue;
      const source = join(root, file, '..', types.replace('./dist/', 'src/').replace('.d.ts', '.ts'));
      if (existsSync(source)) entries.set(name + path.slice(1), source);
    }
  }
  return entries;
}

/**
 * Writes a page for each entry into `site/api`, from the docstrings.
 *
 * @throws Error where TypeDoc finds an error
 */
export async function writeApiReference(): Promise<number> {
  const entries = entryPoints();
  const options: Partial<TypeDocOptions & PluginOptions> = {
    plugin: ['typedoc-plugin-markdown'],
    entryPoints: [...entries.values()],
    tsconfig: join(import.meta.dirname, 'tsconfig.json'),
    // The workspace's own compiler has checked the sources.
    skipErrorChecking: true,
    readme: 'none',
    disableSources: true,
    excludeExternals: true,
    name: 'API reference',
    groupOrder: ['Functions', 'Classes', '*'],
    outputs: [{ name: 'markdown', path: join(import.meta.dirname, 'api') }],
    outputFileStrategy: 'modules',
    entryFileName: 'index',
    excludeScopesInPaths: true,
    // TypeDoc counts names that are alike otherwise than a page's headings do.
    useCustomAnchors: true,
    hideBreadcrumbs: true,
    hidePageHeader: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    classPropertiesFormat: 'table',
    typeAliasPropertiesFormat: 'table',
    typeDeclarationFormat: 'table',
    tableColumnSettings: {
      leftAlignHeaders: true,
      hideModifiers: true,
      hideInherited: true,
      hideOverrides: true,
      hideSources: true,
    },
    excludeInternal: true,
    logLevel: 'Warn',
  };
  const app = await Application.bootstrapWithPlugins(options);
  const names = new Map([...entries].map(([name, source]) => [source, name]));
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    nameModules(project, names);
    leaveOutUndefined(project);
  });
  const project = await app.convert();
  if (!project) throw new Error('TypeDoc could not read the sources: see above.');
  await app.generateOutputs(project);
  if (app.logger.hasErrors()) throw new Error('TypeDoc found errors: see above.');
  return entries.size;
}

/** A module goes by what a program imports, and not by its file. */
function nameModules(project: ProjectReflection, names: ReadonlyMap<string, string>): void {
  for (const module of project.children ?? []) {
    const file = project.files.getReflectionPath(module);
    const name = file && names.get(file);
    if (name) module.name = name;
  }
}

/** TypeDoc gives a property without an initial value the default "undefined", which says nothing. */
function leaveOutUndefined(project: ProjectReflection): void {
  for (const property of project.getReflectionsByKind(ReflectionKind.Property)) {
    if (property.isDeclaration() && property.defaultValue === 'undefined') delete property.defaultValue;
  }
}
