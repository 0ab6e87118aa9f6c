import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, test } from '@jest/globals';

const nano = fileURLToPath(new URL('../../models/models/nano', import.meta.url));
const core = new URL('../../core/dist/index.js', import.meta.url).href;

/** Scores without end; what follows it runs once the first scores are there. */
const scoring = `
  const { loadCrossEncoder } = await import(${JSON.stringify(core)});
  const query = 'why does bread rise';
  const passages = Array.from({ length: 16 }, () => 'Yeast makes dough rise. '.repeat(100));
  const model = await loadCrossEncoder(${JSON.stringify(nano)}, { workers: 2 });
  await model.score({ query, passages });
  void (async () => { for (;;) await model.score({ query, passages }); })();`;

const cache = mkdtempSync(join(tmpdir(), 'process-exit-'));
afterAll(() => rmSync(cache, { recursive: true, force: true }));

/** How a process ended that ran the script; one that hangs is killed, with the signal SIGKILL. */
async function endOf(
  script: string,
): Promise<{ code: number | null; signal: string | null; stderr: string }> {
  const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    env: { ...process.env, SECONDPASS_CACHE: cache },
    timeout: 60_000,
    killSignal: 'SIGKILL',
  });
  const failed = await run.then(
    () => ({ code: 0, signal: null, stderr: '' }),
    (error: { code: number | null; signal: string | null; stderr: string }) => error,
  );
  return { code: failed.code, signal: failed.signal, stderr: failed.stderr };
}

test.each([40, 110, 230])(
  'process.exit() keeps its code while a batch runs, after %d ms',
  async (ms) => {
    const ended = await endOf(`${scoring}\nsetTimeout(() => process.exit(7), ${ms});`);
    expect(ended).toEqual({ code: 7, signal: null, stderr: '' });
  },
  120_000,
);

test('process.exit() does not hang where a thread is about to begin a batch', async () => {
  const exitAfter = (ms: number) => endOf(`${scoring}\nsetTimeout(() => process.exit(7), ${ms});`);
  // Such moments are rare. Three processes share the cores, so that their threads meet the exit at many of them.
  for (let ms = 0; ms < 60; ms += 6) {
    for (const ended of await Promise.all([exitAfter(ms), exitAfter(ms + 2), exitAfter(ms + 4)])) {
      expect(ended).toEqual({ code: 7, signal: null, stderr: '' });
    }
  }
}, 240_000);

test('an exception that nothing catches keeps its message and code while a batch runs', async () => {
  const ended = await endOf(`${scoring}\nsetTimeout(() => { throw new Error('of the host'); }, 70);`);
  expect(ended).toMatchObject({ code: 1, signal: null, stderr: expect.stringContaining('of the host') });
}, 120_000);
