import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { runCommand } from './run-command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const program = fileURLToPath(new URL('../bin/secondpass.js', import.meta.url));
const config = 'source: { adapter: pgvector, directory: ./db, table: notes }\n';

/** Runs a command whose outputs nobody reads, from the first byte on. */
async function runUnread(flags: readonly string[], unread: { out?: boolean; err?: boolean }, folder: string) {
  const child = spawn(process.execPath, [program, ...flags], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  let stdout = '';
  if (unread.out) child.stdout.destroy();
  else
    child.stdout.on('data', (text) => {
      stdout += text;
    });
  if (unread.err) child.stderr.destroy();
  else
    child.stderr.on('data', (text) => {
      stderr += text;
    });
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

describe('a closed standard error changes nothing', () => {
  test('a failure keeps its exit code, and misuse too', async () => {
    const folder = temporaryFolder({ 'c.yaml': config });
    const failing = ['search', '--config', 'c.yaml', '--query', 'x'];
    const { code } = await runCommand(failing, { folder });
    expect(code).toBe(1);
    expect(await runUnread(failing, { err: true }, folder)).toMatchObject({ code: 1 });
    expect(await runUnread(failing, { err: true, out: true }, folder)).toMatchObject({ code: 1 });
    expect(
      await runUnread(['search', '--config', 'gone.yaml', '--query', 'x'], { err: true }, folder),
    ).toMatchObject({ code: 2 });
    expect(await runUnread(['serach'], { err: true }, folder)).toMatchObject({ code: 2 });
  });

  test('indexing goes on to its end', async () => {
    const lines = Array.from({ length: 30 }, (_, id) => JSON.stringify({ id, text: `Note ${id}.` }));
    const folder = temporaryFolder({ 'c.yaml': config, 'notes.jsonl': lines.join('\n') });
    const index = ['index', '--config', 'c.yaml', '--corpus', 'notes.jsonl', '--json'];
    const { code, stdout } = await runUnread(index, { err: true }, folder);
    expect({ code, answer: JSON.parse(stdout) }).toMatchObject({ code: 0, answer: { written: 30 } });
    const again = await runUnread(index, { out: true }, folder);
    expect(again.code).toBe(0);
    expect(again.stderr).not.toMatch(/error|Interrupted/);
  });
});

describe('a closed standard output', () => {
  test.each([
    ['an answer that nobody reads is no failure', ['--help'], 0],
    ['a failure stays one', ['search', '--config', 'gone.yaml', '--query', 'x'], 2],
  ])('ends quietly: %s', async (_, flags, code) => {
    const outcome = await runUnread(flags, { out: true }, temporaryFolder());
    expect(outcome.code).toBe(code);
    expect(outcome.stderr).not.toMatch(/EPIPE|Interrupted|mistake/);
  });

  test('what a check-up found wrong is told by its code', async () => {
    const folder = temporaryFolder({
      'c.yaml': config.replace('adapter: pgvector', 'adapter: pgvector, efSearch: no'),
    });
    const read = await runCommand(['doctor', '--config', 'c.yaml'], { folder });
    expect(read.code).toBe(1);
    expect((await runUnread(['doctor', '--config', 'c.yaml'], { out: true }, folder)).code).toBe(1);
  });
});

test('an answer that the disk has no room for is a failure, in words', async () => {
  const folder = temporaryFolder();
  const full = openSync('/dev/full', 'w');
  const child = spawn(process.execPath, [program, 'rerank', '--query', 'x', '--documents', '-'], {
    cwd: folder,
    stdio: ['pipe', full, 'pipe'],
  });
  child.stdin!.end('a passage\n');
  let stderr = '';
  child.stderr!.on('data', (text) => {
    stderr += text;
  });
  const [code] = await once(child, 'close');
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringMatching(
      /^error standard output: ENOSPC.*\n {2}→ Check where the output goes\.\n$/m,
    ),
  });
});
