import { GenericContainer, getContainerRuntimeClient } from 'testcontainers';
import type { NotRun } from '../engines.ts';

export interface ElasticContainer {
  readonly url: string;
  readonly power: { off(): Promise<void>; on(): Promise<void> };
  stop(): Promise<void>;
}

/**
 * A container of the official image, or of the one that `ELASTIC_IMAGE` names.
 *
 * @param port of this machine: one that Docker picks is another one after a restart
 * @throws Error when an image is named and does not start
 */
export async function startElasticContainer(
  version: string,
  port: number,
  settings: Readonly<Record<string, string>>,
): Promise<ElasticContainer | NotRun> {
  const named = process.env['ELASTIC_IMAGE'];
  const image = named ?? `docker.elastic.co/elasticsearch/elasticsearch:${version}`;
  // Who brings an image of their own can often pull none, and the helper that testcontainers cleans up with is one.
  if (named) process.env['TESTCONTAINERS_RYUK_DISABLED'] ??= 'true';
  try {
    const container = await new GenericContainer(image)
      .withEnvironment({
        'discovery.type': 'single-node',
        'xpack.security.enabled': 'false',
        'cluster.routing.allocation.disk.threshold_enabled': 'false',
        ES_JAVA_OPTS: '-Xms512m -Xmx512m',
        ...settings,
      })
      .withExposedPorts({ container: 9200, host: port })
      .withLabels({ 'org.secondpass.test': 'elastic' })
      .start();
    const { dockerode } = (await getContainerRuntimeClient()).container;
    const handle = dockerode.getContainer(container.getId());
    return {
      url: `http://${container.getHost()}:${port}`,
      power: { off: () => handle.kill(), on: () => handle.start() },
      stop: async () => {
        await container.stop();
      },
    };
  } catch (error) {
    if (named) throw error;
    return { notRun: `${image} could not be started: ${String(error).slice(0, 200)}` };
  }
}
