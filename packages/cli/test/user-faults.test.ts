import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { describeError } from '../src/describe-error.ts';
import { runCommand } from './run-command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
const source = 'source: { adapter: pgvector, directory: ./db, table: notes }';
const search = ['search', '--config', 'c.yaml', '--query', 'x'];

/** A fault of the reader's is told as one: what is wrong, and what to do. */
async function faultOf(flags: readonly string[], files: Record<string, string>, environment = {}) {
  const folder = temporaryFolder(files);
  const outcome = await runCommand(flags, { folder, environment });
  expect(outcome.stderr).not.toContain('bug in secondpass');
  expect(outcome.stderr).toMatch(/error .+\n {2}→ \S.+\n$/);
  return outcome;
}

describe('a configuration', () => {
  test.each([
    ['nests without end', 'c.yaml', `${source}\nreranker: ${deep}`],
    ['nests a little too far', 'c.yaml', `${source}\nreranker: ${'['.repeat(100)}${']'.repeat(100)}`],
    ['holds itself', 'c.yaml', `${source}\nreranker: &a { model: *a }`],
    ['holds itself twice', 'c.yaml', `${source}\nreranker: &a [*a, *a]`],
    [
      'names what every object inherits',
      'c.yaml',
      `source: { adapter: pgvector, directory: ./db, table: "\${constructor}" }`,
    ],
    [
      'names what every object inherits too',
      'c.yaml',
      `source: { adapter: pgvector, directory: ./db, table: "\${__proto__}" }`,
    ],
    [
      'has a number that JSON has not',
      'c.ts',
      'export default { source: { adapter: "pgvector", memory: true, table: "t" }, depth: 5n };',
    ],
    [
      'has one in its source',
      'c.ts',
      'export default { source: { adapter: "pgvector", memory: true, table: "t", efSearch: 5n } };',
    ],
    [
      'holds itself in code',
      'c.ts',
      'const c: any = { source: { adapter: "pgvector", memory: true, table: "t" } }; c.reranker = c; export default c;',
    ],
    ['throws nothing that has words', 'c.ts', 'throw Object.create(null);'],
  ])('that %s is told as such', async (_, file, text) => {
    const { code } = await faultOf(['search', '--config', file, '--query', 'x'], { [file]: text });
    expect(code).toBe(2);
  });
});

test.each([
  ['--filter', [...search, '--filter', deep], 2],
  ['--filter with a deep value', [...search, '--filter', `{"field":"a","eq":${deep}}`], 2],
  ['a line of a corpus', ['demo', '--corpus', 'deep.jsonl', '--query', 'x', '--data', 'index'], 2],
  ['a line of documents', ['rerank', '--query', 'x', '--documents', 'deep.jsonl'], 2],
])('JSON that nests without end: %s', async (_, flags, code) => {
  const files = { 'c.yaml': source, 'deep.jsonl': `{"id":"a","text":${deep}}\n` };
  expect((await faultOf(flags, files)).code).toBe(code);
});

test('a proxy that is no URL is named, without its password', async () => {
  for (const proxy of ['http://me:hunter2@[bad', 'proxy:3128', 'ftp://proxy']) {
    const environment = { HTTPS_PROXY: proxy, https_proxy: '', HF_ENDPOINT: 'http://127.0.0.1:1' };
    const { stderr, code } = await faultOf(['models', 'add', 'some/model'], {}, environment);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('HTTPS_PROXY is not an http or https URL'),
    });
    expect(stderr).not.toContain('hunter2');
  }
});

test('a folder that cannot be written is told by name', async () => {
  const folder = temporaryFolder({ 'notes.jsonl': '{"id":"a","text":"b"}\n' });
  // A file in a folder's place cannot be written by root either.
  writeFileSync(join(folder, 'file'), '');
  mkdirSync(join(folder, 'closed'));
  chmodSync(join(folder, 'closed'), 0o500);
  const flags = ['demo', '--corpus', 'notes.jsonl', '--query', 'x', '--data', 'file/index'];
  const { code, stderr } = await runCommand(flags, { folder });
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: expect.stringContaining('file/index: This folder cannot be used'),
  });
});

describe('an error in words', () => {
  test.each([
    [
      'a full disk',
      { code: 'ENOSPC', errno: -28, syscall: 'write', path: '/x/report.html' },
      /no space left.*ENOSPC/,
      /Free some space/,
    ],
    [
      'a read-only disk',
      { code: 'EROFS', errno: -30, syscall: 'open', path: '/x/report.html' },
      /read-only file system/,
      /not read-only/,
    ],
    [
      'a folder of another user',
      { code: 'EACCES', errno: -13, syscall: 'rename', path: '/x/a', dest: '/x/report.html' },
      /permission denied/,
      /permissions/,
    ],
  ])('%s is no mistake of the program', (_, details, problem, nextStep) => {
    const described = describeError(Object.assign(new Error('write'), details));
    expect(described).toEqual({
      code: 'system-failed',
      origin: '/x/report.html',
      problem: expect.stringMatching(problem),
      nextStep: expect.stringMatching(nextStep),
    });
  });

  test.each([
    Object.create(null),
    null,
    undefined,
    5n,
    Symbol('x'),
    {
      toString: () => {
        throw new Error();
      },
    },
    new Proxy(
      {},
      {
        has: () => {
          throw new Error();
        },
      },
    ),
    Object.defineProperty(new Error(), 'message', {
      get: () => {
        throw new Error();
      },
    }),
  ])('whatever was thrown has words', (thrown) => {
    expect(describeError(thrown)).toMatchObject({ code: 'unexpected', origin: 'secondpass' });
  });
});
