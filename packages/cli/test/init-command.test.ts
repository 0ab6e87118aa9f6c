import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { articles, foreignDatabase, vectors } from './foreign-database.ts';
import { runCommand } from './run-command.ts';
import { runInProcess } from './run-in-process.ts';
import { temporaryFolder } from './temporary-folder.ts';

let directory: string;
beforeAll(async () => {
  directory = await foreignDatabase([
    ...articles,
    'CREATE TABLE chunks (id bigint PRIMARY KEY, chunk text, embedding vector(1536))',
    `CREATE TABLE langchain_pg_embedding (id varchar PRIMARY KEY, embedding vector, document varchar, cmetadata jsonb);
     INSERT INTO langchain_pg_embedding SELECT n::text, numbers, 'text ' || n, '{}' FROM (${vectors(3, 384)}) made`,
    'CREATE VIEW seen AS SELECT * FROM langchain_pg_embedding',
    'CREATE TABLE pairs (a int, b int, body text, v vector(384), PRIMARY KEY (a, b))',
  ]);
});

async function init(flags: readonly string[], run = runInProcess) {
  const folder = temporaryFolder();
  const here = ['--yes', '--database', 'embedded', '--directory', directory];
  const { code, stdout, stderr } = await run(['init', ...here, ...flags], { folder });
  const file = join(folder, 'secondpass.config.yaml');
  const config = existsSync(file) ? parse(readFileSync(file, 'utf8')) : undefined;
  return { folder, file, code, stdout, stderr, config };
}

const helpArticles = ['--table', 'Help Articles', '--text', 'body_md', '--tenant-field', 'customer_id'];

test('a table of another tool is found with its columns, and search and the program agree with it', async () => {
  const { folder, file, code, stdout, stderr, config } = await init(
    [...helpArticles, '--reranker', 'nano'],
    runCommand,
  );
  expect(config).toEqual({
    source: {
      adapter: 'pgvector',
      directory,
      table: 'Help Articles',
      columns: { vector: 'emb', id: 'article_key', text: 'body_md', payload: null },
      metric: 'inner-product',
      tenantField: 'customer_id',
    },
    embedder: { model: 'bi-encoder' },
    reranker: { model: 'nano' },
    depth: 100,
    topK: 10,
  });
  expect(stderr).toContain('20 documents\n  Nothing is wrong.');
  expect(code).toBe(0);
  const query = ['--query', 'button number 7', '--tenant', 'acme'];
  const found = await runCommand(['search', '--config', file, ...query], { folder });
  const hits = (JSON.parse(found.stdout) as { hits: { candidate: { id: string; text: string } }[] }).hits;
  expect(hits[0]!.candidate.text).toMatch(/number 7$/);
  const printed = await runProgram(stdout, ['button number 7', 'acme']);
  expect(printed.map((line) => line.split(' ')[2])).toEqual(hits.map(({ candidate }) => candidate.id));
}, 300_000);

/** From a folder that sees what it imports. */
async function runProgram(text: string, args: readonly string[]): Promise<readonly string[]> {
  const folder = mkdtempSync(join(import.meta.dirname, 'program-'));
  try {
    const file = join(folder, 'search.ts');
    writeFileSync(file, text);
    const { stdout } = await promisify(execFile)(process.execPath, [file, ...args]);
    return stdout.trim().split('\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('the length of vectors is read from a row where the column does not say, and a column alone is not asked for', async () => {
  const { code, config } = await init(['--table', 'public.langchain_pg_embedding', '--reranker', 'nano']);
  expect(code).toBe(0);
  expect(config).toMatchObject({
    source: {
      table: 'langchain_pg_embedding',
      columns: { vector: 'embedding', id: 'id', text: 'document', payload: null },
      search: 'exact',
    },
    reranker: { model: 'nano' },
  });
});

test.each([
  [[], '--table is missing', 'Help Articles, chunks, langchain_pg_embedding, pairs, seen'],
  [['--table', 'Help Article'], '--table is "Help Article"', 'Did you mean "Help Articles"?'],
  [['--table', 'Help Articles'], '--text is missing', 'headline, body_md, customer_id'],
  [['--table', 'Help Articles', '--text', 'emb'], '--text is "emb"', 'headline, body_md, customer_id'],
  [
    ['--table', 'Help Articles', '--text', 'body_md'],
    '--tenant-field is missing',
    'none, headline, customer_id',
  ],
  [['--table', 'seen'], '--id is missing', 'id, document'],
  [['--table', 'chunks'], '--embedder is missing', '1536 numbers each'],
  [['--table', 'pairs'], '--id is missing', 'a, b'],
  [[...helpArticles, '--metric', 'cosine'], '--metric is "cosine"', 'the metrics are inner-product'],
  [[...helpArticles, '--reranker', 'no-such-model'], '"no-such-model"', 'neither bundled nor a directory'],
  [[...helpArticles, '--out', 'config.ts'], 'written as YAML', '.yaml or .yml'],
  [[...helpArticles, '--new'], '--table is "Help Articles"', 'a table that does not exist yet'],
])('%j is refused, and nothing is written', async (flags, ...words) => {
  const { code, stderr, config } = await init(flags);
  for (const word of words) expect(stderr).toContain(word);
  expect({ code, config }).toEqual({ code: 2, config: undefined });
});

test('an embedder that makes other vectors than those stored is refused, with both lengths', async () => {
  const { code, stderr, config } = await init(['--table', 'chunks', '--embedder', 'bi-encoder']);
  expect(stderr).toContain('chunks holds vectors of 1536 numbers, but "bi-encoder" makes vectors of 384.');
  expect({ code, config }).toEqual({ code: 1, config: undefined });
});

test('a file that is there is kept, unless --force says otherwise', async () => {
  const flags = [
    'init',
    '--yes',
    '--database',
    'embedded',
    '--new',
    '--table',
    'notes',
    '--reranker',
    'nano',
  ];
  const folder = temporaryFolder({ 'secondpass.config.yaml': 'mine' });
  const refused = await runCommand(flags, { folder });
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('The file already exists') });
  expect(readFileSync(join(folder, 'secondpass.config.yaml'), 'utf8')).toBe('mine');
  const forced = await runCommand([...flags, '--force'], { folder });
  expect(forced).toMatchObject({ code: 0, stderr: expect.stringContaining('nothing indexed yet') });
  expect(readFileSync(join(folder, 'secondpass.config.yaml'), 'utf8')).toContain('table: notes');
});

test('what secondpass index filled is written without a question', async () => {
  const folder = temporaryFolder({ 'corpus/bread.md': '# Bread\n\nYeast makes dough rise.\n' });
  const flags = ['init', '--yes', '--database', 'embedded', '--table', 'notes', '--reranker', 'nano'];
  await runCommand([...flags, '--new'], { folder });
  const config = ['--config', 'secondpass.config.yaml'];
  expect(await runCommand(['index', ...config, '--corpus', 'corpus'], { folder })).toMatchObject({ code: 0 });
  const { code, stderr } = await runCommand([...flags, '--out', 'again.yaml'], { folder });
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('1 document\n') });
  const [first, again] = ['secondpass.config.yaml', 'again.yaml'].map((name) =>
    parse(readFileSync(join(folder, name), 'utf8')),
  );
  expect(again).toEqual(first);
}, 300_000);

test('a secret is in no file and no line, and a variable that is set is used as it is', async () => {
  const folder = temporaryFolder();
  const address = 'postgres://reader:hidden-word@127.0.0.1:1/shop';
  const flags = ['init', '--yes', '--database', 'pgvector', '--table', 'articles'];
  for (const run of [
    await runCommand([...flags, '--url', address], { folder }),
    await runCommand(flags, { folder, environment: { DATABASE_URL: address } }),
  ]) {
    expect(run).toMatchObject({ code: 1, stderr: expect.stringContaining('PostgreSQL does not answer') });
    expect(run.stdout + run.stderr).not.toContain('hidden-word');
  }
  const other = await runCommand([...flags, '--url', 'postgres://localhost/other'], {
    folder,
    environment: { DATABASE_URL: address },
  });
  expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining('set to another address') });
  const unset = await runCommand(flags, { folder, environment: { DATABASE_URL: '' } });
  expect(unset).toMatchObject({ code: 2, stderr: expect.stringContaining('DATABASE_URL') });
});

test('without a terminal and without --yes it names the flags', async () => {
  const { code, stderr } = await runCommand(['init'], { folder: temporaryFolder() });
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: expect.stringMatching(/--yes.*--database.*--table.*--embedder/),
  });
});
