import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NotRun } from '../engines.ts';
import { type StartedInferenceServer, startInferenceServer } from './inference-server.ts';
import { servedModel } from './inference-servers.ts';

export interface StartedRayServe extends Pick<StartedInferenceServer, 'url' | 'stop'> {
  /** The interpreter that Ray is installed for. */
  readonly python: string;
  /** What a program needs to run on this cluster. */
  readonly environment: Readonly<Record<string, string>>;
}

/** A Ray cluster of one node, and on it `examples/ray/serve_reranker.py`, which answers in TEI's form. */
export async function startRayServe(): Promise<StartedRayServe | NotRun> {
  let address = '';
  const shared = {
    MODEL: servedModel,
    MAX_REPLICAS: '1',
    RAY_AUTH_MODE: 'disabled',
    RAY_USAGE_STATS_ENABLED: '0',
    // A busy machine needs longer than Ray waits.
    RAY_raylet_start_wait_time_s: '240',
    RAY_worker_register_timeout_seconds: '300',
    // Ray gives up on its agent after 15 s, which is about what Python needs to compile it.
    PYTHONDONTWRITEBYTECODE: '',
  };
  const cluster = await startInferenceServer({
    name: 'ray',
    // Ray's own health checks refuse what Node's fetch sends: to them it is a browser.
    readyPath: '/metrics',
    at: ({ port, otherPorts: [clusterPort, agentPort], work }) => {
      address = `127.0.0.1:${clusterPort}`;
      return {
        command: [
          ...(['ray', 'start', '--head', '--block', '--disable-usage-stats'] as const),
          ...['--node-ip-address', '127.0.0.1', '--port', `${clusterPort}`, '--temp-dir', work],
          ...['--metrics-export-port', `${port}`, '--include-dashboard', 'false'],
          ...['--dashboard-agent-listen-port', `${agentPort}`],
          ...['--num-cpus', '4', '--object-store-memory', '200000000'],
        ],
        environment: shared,
      };
    },
  });
  if ('notRun' in cluster) return cluster;
  const environment = { ...shared, RAY_ADDRESS: address };
  try {
    const served = await startInferenceServer({
      name: 'ray',
      readyPath: '/info',
      at: ({ port }) => ({
        command: [
          'python',
          fileURLToPath(new URL('../../examples/ray/serve_reranker.py', import.meta.url)),
          ...['--host', '127.0.0.1', '--port', `${port}`],
        ],
        environment,
      }),
    });
    if ('notRun' in served) throw new Error(served.notRun);
    const stop = async () => {
      await served.stop();
      await cluster.stop();
    };
    const engines = process.env['SECONDPASS_ENGINES'] || join(homedir(), '.cache', 'secondpass');
    return { url: served.url, stop, environment, python: join(engines, 'ray/bin/python') };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}
