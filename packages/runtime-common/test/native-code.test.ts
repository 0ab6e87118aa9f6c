import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from '@jest/globals';

const entries = new URL('../dist/', import.meta.url).href;
const folder = mkdtempSync(join(tmpdir(), 'native-code-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const block = (ms: number) => `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${ms});`;

/** What a process wrote that exits with code 7 when a thread with this script says that it is there, or fails. */
async function exitBeside(library: string, thread: string): Promise<string> {
  writeFileSync(join(folder, 'library.mjs'), library);
  writeFileSync(join(folder, 'thread.mjs'), thread);
  writeFileSync(
    join(folder, 'main.mjs'),
    `import { writeSync } from 'node:fs';
    import { startModelThread } from '${entries}index.js';
    const thread = startModelThread(new URL('thread.mjs', import.meta.url), 'task');
    const exit = () => {
      const started = performance.now();
      process.on('exit', () => writeSync(1, 'waited ' + Math.floor((performance.now() - started) / 1000) + ' s'));
      process.exit(7);
    };
    thread.on('message', exit);
    thread.on('error', exit);`,
  );
  const ended = await promisify(execFile)(process.execPath, [join(folder, 'main.mjs')]).catch(
    (error) => error,
  );
  expect(ended).toMatchObject({ code: 7, signal: null, stderr: '' });
  return ended.stdout;
}

test('an exit waits for a thread that loads its library', async () => {
  const library = `import { writeSync } from 'node:fs';
    import { parentPort } from 'node:worker_threads';
    parentPort.postMessage('loading');
    ${block(2000)}
    writeSync(1, 'loaded, ');`;
  const thread = `import './library.mjs';
    import { modelThreadTask } from '${entries}entries/thread.js';
    modelThreadTask();`;
  expect(await exitBeside(library, thread)).toMatch(/^loaded, waited \d s$/);
}, 60_000);

test('an exit waits for a call, and no other call begins', async () => {
  const thread = `import { writeSync } from 'node:fs';
    import { parentPort } from 'node:worker_threads';
    import { inNativeCode, modelThreadTask } from '${entries}entries/thread.js';
    modelThreadTask();
    await inNativeCode(async () => {
      parentPort.postMessage('calling');
      ${block(2000)}
      writeSync(1, 'called, ');
    });
    await inNativeCode(async () => {
      ${block(2000)}
      writeSync(1, 'called again, ');
    });`;
  expect(await exitBeside('', thread)).toMatch(/^called, waited \d s$/);
}, 60_000);

test('an exit does not wait for a thread that failed while it loaded', async () => {
  expect(await exitBeside('', `import './no-such-library.mjs';`)).toBe('waited 0 s');
}, 60_000);

test('an exit does not wait for a thread that could not be started', async () => {
  writeFileSync(
    join(folder, 'main.mjs'),
    `import { writeSync } from 'node:fs';
    import { startModelThread } from '${entries}index.js';
    try {
      startModelThread(new URL('thread.mjs', import.meta.url), () => 'no structured clone');
    } catch (error) {
      const started = performance.now();
      process.on('exit', () => writeSync(1, error.name + ', ' + Math.floor((performance.now() - started) / 1000) + ' s'));
    }`,
  );
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'main.mjs')]);
  expect(stdout).toBe('DataCloneError, 0 s');
}, 60_000);
