import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface ServedModels {
  /** Without a slash at its end. */
  readonly url: string;
  readonly process: ChildProcess;
  /** Lines of the log so far. */
  readonly log: readonly string[];
  /** Ends it as an orchestrator does, and tells its exit code. */
  stop(): Promise<number | null>;
}

const command = fileURLToPath(new URL('../../packages/cli/bin/secondpass.js', import.meta.url));

/**
 * `secondpass serve` as a process of its own, at a free port of this machine, with `small` and the bundled bi-encoder.
 *
 * @param key what callers have to present; `undefined` for none
 * @param more keys of its configuration
 */
export async function serveModels(key: string | undefined, more: object = {}): Promise<ServedModels> {
  const folder = await mkdtemp(join(tmpdir(), 'secondpass-serve-'));
  const file = join(folder, 'serve.json');
  const sha256 = key === undefined ? undefined : createHash('sha256').update(key).digest('hex');
  const config = {
    port: 0,
    rerankers: { small: { model: 'small' } },
    embedders: { 'bi-encoder': { model: 'bi-encoder' } },
    keys: sha256 === undefined ? [] : [{ name: 'tests', sha256 }],
    ...more,
  };
  await writeFile(file, JSON.stringify(config));
  const process_ = spawn(process.execPath, [command, 'serve', '--config', file], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log: string[] = [];
  createInterface({ input: process_.stdout! }).on('line', (line) => log.push(line));
  const said: string[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: process_.stderr! }).on('line', (line) => {
      said.push(line);
      const [, address] = /^Serving at (http:\S+);/.exec(line) ?? [];
      if (address) resolve(address);
    });
    process_.once('exit', (code) => reject(new Error(`serve ended with ${code}: ${said.join('\n')}`)));
  });
  const stop = async () => {
    if (process_.exitCode === null) {
      const exited = once(process_, 'exit');
      process_.kill('SIGTERM');
      await exited;
    }
    await rm(folder, { recursive: true, force: true });
    return process_.exitCode;
  };
  return { url, process: process_, log, stop };
}
