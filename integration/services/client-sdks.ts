import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { NotRun } from '../engines.ts';

export interface ClientRequest {
  /** A function of `clients/ask.py`. */
  readonly client: string;
  readonly url: string;
  readonly api_key: string;
  readonly model: string;
  readonly query: string;
  readonly documents: readonly string[];
}

export interface ClientSdks {
  /** What the client has read. */
  ask(request: ClientRequest): Promise<unknown>;
}

/** Nothing is written into the installation, and nothing is sent anywhere but to the server that is asked. */
const quiet = {
  PYTHONDONTWRITEBYTECODE: '1',
  HF_HUB_OFFLINE: '1',
  DO_NOT_TRACK: '1',
  HAYSTACK_TELEMETRY_ENABLED: 'False',
};

/** The Python clients that `install-client-sdks.sh` has installed. */
export async function openClientSdks(): Promise<ClientSdks | NotRun> {
  const engines = process.env['SECONDPASS_ENGINES'] || join(homedir(), '.cache', 'secondpass');
  const home = join(engines, 'clients');
  const pins = await readFile(new URL('clients/requirements.txt', import.meta.url), 'utf8');
  const installed = await readFile(join(home, 'requirements.txt'), 'utf8').catch(() => undefined);
  if (installed !== pins) {
    const what = installed === undefined ? 'installed nothing' : 'installed other versions';
    return { notRun: `install-client-sdks.sh has ${what} in ${home}.` };
  }
  const script = fileURLToPath(new URL('clients/ask.py', import.meta.url));
  return {
    ask: async (request) => {
      const words = [script, JSON.stringify(request)];
      const { stdout } = await promisify(execFile)(join(home, 'bin', 'python'), words, {
        env: { ...process.env, ...quiet },
        maxBuffer: 16 * 1024 * 1024,
      });
      // Some of them greet on standard output before they answer.
      return JSON.parse(stdout.trim().split('\n').at(-1)!);
    },
  };
}
