import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NotRun } from '../engines.ts';
import { startElasticContainer } from './elastic-container.ts';
import { freePort } from './free-port.ts';

export type ElasticMajor = '8' | '9';

export interface StartedElastic {
  readonly url: string;
  /** Such as `9.5.3`. */
  readonly version: string;
  /** Kills the node, and starts it again at the same address. Absent for a node that is not ours to kill. */
  readonly power?: { off(): Promise<void>; on(): Promise<void> };
  stop(): Promise<void>;
}

/** Several nodes start at once on a busy machine of two cores. */
const secondsToStart = 240;

/**
 * An Elasticsearch: the one at `ELASTIC_URL`, else a node that `elastic/install.sh` has built, else a container of the
 * official image. What is started here gets these settings, which a server at a URL does not, and is stopped again.
 *
 * @param majors the versions that will do, the preferred one first
 * @throws Error when a URL is named or a node is built and it does not work: that is a mistake, not an absence
 */
export async function startElastic(
  majors: readonly ElasticMajor[],
  settings: Readonly<Record<string, string>> = {},
): Promise<StartedElastic | NotRun> {
  const url = process.env['ELASTIC_URL'];
  if (url) {
    const version = await waitForVersion(url);
    if (!majors.some((major) => version.startsWith(`${major}.`)))
      return { notRun: `${url} is version ${version}.` };
    return { url, version, stop: async () => {} };
  }
  for (const major of majors) {
    const home = homeOf(major);
    const java = await readFile(join(home, 'java-home'), 'utf8').catch(() => undefined);
    if (java !== undefined) return startNode({ home, java: java.trim() }, settings);
  }
  const container = await startElasticContainer(versionOf(majors[0]!), await freePort(), settings);
  if ('notRun' in container) {
    return {
      notRun: `ELASTIC_URL is not set, elastic/install.sh has built no node, and ${container.notRun}`,
    };
  }
  const { url: there, power, stop } = container;
  const on = async () => {
    await power.on();
    await waitForVersion(there);
  };
  return { url: there, version: await waitForVersion(there), power: { off: power.off, on }, stop };
}

function versionOf(major: ElasticMajor): string {
  return readFileSync(new URL(`elastic/version-${major}`, import.meta.url), 'utf8').trim();
}

function homeOf(major: ElasticMajor): string {
  const version = versionOf(major);
  const engines = process.env['SECONDPASS_ENGINES'] || join(homedir(), '.cache', 'secondpass');
  return join(engines, `elasticsearch-${version}`);
}

/**
 * Several nodes of one cluster on this machine, the first at `url`; a search may be sent to any of `urls`. Only where
 * `elastic/install.sh` has built a node.
 */
export async function startElasticCluster(
  major: ElasticMajor,
  size: number,
): Promise<
  { readonly nodes: readonly StartedElastic[]; readonly version: string; stop(): Promise<void> } | NotRun
> {
  const home = homeOf(major);
  const java = await readFile(join(home, 'java-home'), 'utf8').catch(() => undefined);
  if (java === undefined) return { notRun: `elastic/install.sh has built no node of version ${major}.` };
  const names = Array.from({ length: size }, (_, index) => `node-${index + 1}`);
  const transportPorts = await Promise.all(names.map(freePort));
  const started = await Promise.allSettled(
    names.map((name, index) =>
      startNode(
        { home, java: java.trim(), transportPort: transportPorts[index]! },
        {
          'node.name': name,
          'discovery.type': 'multi-node',
          'discovery.seed_hosts': transportPorts.map((port) => `127.0.0.1:${port}`).join(','),
          'cluster.initial_master_nodes': names.join(','),
        },
      ),
    ),
  );
  const nodes = started.flatMap((node) => (node.status === 'fulfilled' ? [node.value] : []));
  const stop = async () => void (await Promise.all(nodes.map((node) => node.stop())));
  const failed = started.find((node) => node.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  return { nodes, version: nodes[0]!.version, stop };
}

async function startNode(
  {
    home,
    java,
    transportPort,
  }: { readonly home: string; readonly java: string; readonly transportPort?: number },
  settings: Readonly<Record<string, string>>,
): Promise<StartedElastic> {
  const work = await mkdtemp(join(tmpdir(), 'secondpass-elastic-'));
  // A port that the node picks would be another one after a restart.
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const all = {
    'path.home': home,
    'path.data': join(work, 'data'),
    'path.logs': join(work, 'logs'),
    'node.name': 'secondpass-test',
    'discovery.type': 'single-node',
    'network.host': '127.0.0.1',
    'http.port': port,
    'transport.port': transportPort ?? (await freePort()),
    'cluster.routing.allocation.disk.threshold_enabled': false,
    ...settings,
  };
  const command = [
    ...(process.env['ES_JAVA_OPTS'] ?? '-Xms512m -Xmx512m').split(' '),
    ...['-XX:+UseSerialGC', '-Djava.awt.headless=true'],
    `-Des.path.home=${home}`,
    '-Dorg.elasticsearch.nativeaccess.enableVectorLibrary=false',
    ...['-p', join(home, 'lib')],
    '--add-modules=ALL-MODULE-PATH,jdk.net,jdk.management.agent,jdk.incubator.vector',
    ...['-cp', [join(home, 'node')].join(delimiter), 'StartNode'],
    ...Object.entries(all).map(([key, value]) => `${key}=${value}`),
  ];
  let node: ChildProcess;
  const on = async () => {
    const log = openSync(join(work, 'output.log'), 'a');
    node = spawn(join(java, 'bin', 'java'), command, { stdio: ['pipe', log, log] });
    const ended = once(node, 'exit').then(async () => {
      throw new Error(
        `Elasticsearch ended at its start: ${(await readFile(join(work, 'output.log'), 'utf8')).slice(-2000)}`,
      );
    });
    ended.catch(() => {});
    await Promise.race([waitForVersion(url), ended]).catch((error) => {
      node.kill('SIGKILL');
      throw error;
    });
  };
  const end = async (tell: () => void) => {
    if (node.exitCode !== null || node.signalCode !== null) return;
    const exited = once(node, 'exit');
    tell();
    await exited;
  };
  await on();
  return {
    url,
    version: await waitForVersion(url),
    power: { off: () => end(() => node.kill('SIGKILL')), on },
    async stop() {
      const patience = setTimeout(() => node.kill('SIGKILL'), 10_000);
      await end(() => node.stdin?.end());
      clearTimeout(patience);
      await rm(work, { recursive: true, force: true });
    },
  };
}

/** The node's own version: `GET /` is in a part of Elasticsearch that Maven Central does not have. */
async function waitForVersion(url: string): Promise<string> {
  const { username, password, origin } = new URL(url);
  const authorization = `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`;
  const deadlineAt = Date.now() + secondsToStart * 1000;
  for (;;) {
    try {
      const headers: Record<string, string> = username === '' ? {} : { authorization };
      const answer = await fetch(`${origin}/_nodes/_local?filter_path=nodes.*.version`, { headers });
      if (!answer.ok) throw new Error(`Elasticsearch answered with status ${answer.status}.`);
      const { nodes } = (await answer.json()) as { nodes: Record<string, { version: string }> };
      return Object.values(nodes)[0]!.version;
    } catch (error) {
      if (Date.now() > deadlineAt) throw error;
      await sleep(250);
    }
  }
}
