import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { takeFileLock } from '../../src/foundation/file-lock.ts';

const script = fileURLToPath(new URL('hold-lock.ts', import.meta.url));
/** Where the machine lets us, each process is number 1 of a container of its own. */
const namespace = ['unshare', '--user', '--map-root-user', '--pid', '--fork', '--kill-child'];
const hasNamespaces = spawnSync(namespace[0]!, [...namespace.slice(1), 'true']).status === 0;
const launchers = [['plain processes', []], ...(hasNamespaces ? [['process 1 each', namespace]] : [])] as [
  string,
  string[],
][];

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'secondpass-lock-'));
  path = join(folder, 'lock');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function start(times: number, launcher: readonly string[] = []) {
  const node = [process.execPath, '--disable-warning=ExperimentalWarning'];
  const [program, ...flags] = [...launcher, ...node, script, path, join(folder, 'inside'), String(times)];
  const child = spawn(program!, flags, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, output }));
  return { child, begun: once(child.stdout, 'data').then(() => output), ended };
}

describe.each(launchers)('%s', (_, launcher) => {
  test('three at once never hold the lock together, and leave no file behind', async () => {
    const ended = await Promise.all([1, 2, 3].map(() => start(150, launcher).ended));
    expect(ended).toEqual(Array(3).fill({ code: 0, output: '0' }));
    expect(existsSync(path)).toBe(false);
  });

  test('what a killed holder leaves behind is free at once, for one of three', async () => {
    for (let round = 0; round < 3; round += 1) {
      const holder = start(0, launcher);
      expect(await holder.begun).toBe('held');
      expect(await takeFileLock(path, { waitMs: 0 })).toBe(undefined);
      holder.child.kill('SIGKILL');
      await holder.ended;
      expect(existsSync(path)).toBe(true);
      const next = await Promise.all([1, 2, 3].map(() => start(20, launcher).ended));
      expect(next).toEqual(Array(3).fill({ code: 0, output: '0' }));
    }
  });
});

test('a second call in the same process is refused, by whatever name it calls the file', async () => {
  const unlock = await takeFileLock(path);
  symlinkSync(folder, join(folder, 'link'));
  expect(await takeFileLock(path, { waitMs: 0 })).toBe(undefined);
  expect(await takeFileLock(join(folder, 'link', 'lock'), { waitMs: 0 })).toBe(undefined);
  const other = start(0);
  expect(await other.begun).toBe('refused');
  await other.ended;
  unlock!();
  unlock!();
  const again = await takeFileLock(path, { waitMs: 0 });
  expect(again).toBeDefined();
  unlock!();
  expect(await takeFileLock(path, { waitMs: 0 })).toBe(undefined);
  again!();
});

test('waiting ends when the lock is free, after its time, or with the signal', async () => {
  const unlock = (await takeFileLock(path))!;
  expect(await takeFileLock(path, { waitMs: 60 })).toBe(undefined);
  const reason = new Error('enough');
  const waiting = takeFileLock(path, { waitMs: 60_000, signal: AbortSignal.timeout(50) });
  await expect(waiting).rejects.toThrow('timeout');
  await expect(takeFileLock(path, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  setTimeout(unlock, 50);
  (await takeFileLock(path, { waitMs: 60_000 }))!();
});

test('a file that holds something is left as it is', async () => {
  writeFileSync(path, 'a letter');
  await expect(takeFileLock(path)).rejects.toThrow('file is not a database');
  expect(readFileSync(path, 'utf8')).toBe('a letter');
  await expect(takeFileLock(join(folder, 'gone', 'lock'))).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a file that may only be read gives nobody a lock', async () => {
  // Root may write everything, so somebody else tries.
  writeFileSync(path, '');
  chmodSync(path, 0o444);
  chmodSync(folder, 0o777);
  const { getuid, seteuid } = process;
  const isRoot = getuid?.() === 0;
  if (isRoot) seteuid?.(65_534);
  try {
    await expect(takeFileLock(path)).rejects.toThrow(/readonly|EACCES/);
  } finally {
    if (isRoot) seteuid?.(0);
  }
});
