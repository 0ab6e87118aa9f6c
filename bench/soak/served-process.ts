import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { LimitedShare } from './limited-share.ts';

export interface ServedProcess {
  readonly name: string;
  readonly url: string;
  readonly process: ChildProcess;
  /** As an orchestrator ends it; tells its exit code and how long it took. */
  drain(): Promise<{ readonly exitCode: number | null; readonly seconds: number }>;
}

const command = fileURLToPath(new URL('../../packages/cli/bin/secondpass.js', import.meta.url));
export const sampler = fileURLToPath(new URL('./memory-sampler.mjs', import.meta.url));

/** `secondpass serve` inside the share, at a free port, when it is ready. */
export async function startServed(
  name: string,
  { share, config, folder }: { share: LimitedShare; config: string; folder: string },
): Promise<ServedProcess> {
  const role = name.split('-')[0]!;
  const [shell, words] = share.around([
    ...[process.execPath, '--import', sampler, command],
    ...['serve', '--config', config, '--port', '0'],
  ]);
  const served = spawn(shell, words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_OPTIONS: '', SOAK_SAMPLES: join(folder, 'memory.jsonl'), SOAK_ROLE: role },
  });
  const log = createWriteStream(join(folder, `${name}.log`));
  served.stdout!.pipe(log);
  const said: string[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: served.stderr! }).on('line', (line) => {
      said.push(line);
      log.write(`${line}\n`);
      const [, address] = /^Serving at (http:\S+);/.exec(line) ?? [];
      if (address) resolve(address);
    });
    served.once('exit', (code) => reject(new Error(`serve ended with ${code}: ${said.join('\n')}`)));
  });
  const ready = await fetch(`${url}/ready`);
  if (!ready.ok) throw new Error(`/ready answers ${ready.status} after the start.`);
  return {
    name,
    url,
    process: served,
    async drain() {
      const started = performance.now();
      if (served.exitCode === null && served.signalCode === null) {
        const exited = once(served, 'exit');
        served.kill('SIGTERM');
        await exited;
      }
      return { exitCode: served.exitCode, seconds: (performance.now() - started) / 1000 };
    },
  };
}
