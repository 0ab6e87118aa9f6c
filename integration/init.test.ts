import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { parse } from 'yaml';
import { runCommand } from '../packages/cli/test/run-command.ts';
import { openTestIndices, type TestIndices } from './elastic/test-indices.ts';
import { describeEngine } from './engines.ts';
import { randomDocuments } from './pgvector/random-documents.ts';
import { startElastic } from './services/elastic.ts';
import { startPgvector } from './services/pgvector.ts';
import { createTestSchema } from './services/test-schema.ts';

const [postgres, elastic] = await Promise.all([startPgvector(), startElastic(['9', '8'])]);
const folder = await mkdtemp(join(tmpdir(), 'secondpass-init-'));
afterAll(() => rm(folder, { recursive: true }));

let files = 0;
async function init(environment: Readonly<Record<string, string>>, ...flags: string[]) {
  files += 1;
  const out = `${files}.yaml`;
  const run = await runCommand(['init', '--yes', '--out', out, '--reranker', 'nano', ...flags], {
    folder,
    environment,
  });
  const text = run.code === 0 ? await readFile(join(folder, out), 'utf8') : '';
  return { ...run, text, source: (parse(text) as { source?: Record<string, unknown> } | null)?.source };
}

describeEngine('pgvector', postgres, ({ url, stop }) => {
  let schema: Awaited<ReturnType<typeof createTestSchema>>;
  let client: pg.Client;

  beforeAll(async () => {
    schema = await createTestSchema(url);
    client = new pg.Client({ connectionString: url });
    await client.connect();
    const numbers = (length: number) =>
      `(SELECT array_agg(sin(n * i)) FROM generate_series(1, ${length}) i)::vector`;
    await client.query(`
      CREATE TABLE ${schema.name}."Papers" (key text PRIMARY KEY, slug text UNIQUE NOT NULL, abstract text, notes text,
        "Year" int, large vector(384), small vector(384));
      INSERT INTO ${schema.name}."Papers" SELECT 'key' || n, 'slug' || n, 'Paper ' || n, '', 2000 + n, ${numbers(384)},
        ${numbers(384)} FROM generate_series(1, 50) n;
      CREATE INDEX ON ${schema.name}."Papers" USING hnsw ((large::halfvec(384)) halfvec_cosine_ops);
      CREATE INDEX ON ${schema.name}."Papers" USING ivfflat (small vector_l2_ops) WITH (lists = 2);
      CREATE INDEX ON ${schema.name}."Papers" USING ivfflat (small vector_cosine_ops) WITH (lists = 2);
      CREATE TABLE ${schema.name}.parts (id int, body text, v vector(384)) PARTITION BY RANGE (id);
      CREATE TABLE ${schema.name}.parts_1 PARTITION OF ${schema.name}.parts FOR VALUES FROM (0) TO (100);
    `);
  });
  afterAll(async () => {
    await client.end();
    await schema.drop();
    await stop();
  });

  test('indexes say which vector, how it is compared and how it is asked', async () => {
    const flags = ['--database', 'pgvector', '--table', `${schema.name}.Papers`, '--text', 'abstract'];
    const environment = { DATABASE_URL: url };
    const cast = await init(environment, ...flags, '--vector', 'large::halfvec(384)');
    expect(cast.stderr).toContain('50 documents\n  Nothing is wrong.');
    expect(cast.source).toEqual({
      adapter: 'pgvector',
      url: `\${DATABASE_URL}`,
      table: `${schema.name}.Papers`,
      columns: { vector: 'large::halfvec(384)', id: 'key', text: 'abstract', payload: null },
    });
    const more = ['--vector', 'small', '--metric', 'l2', '--id', 'slug', '--payload', 'Year, notes'];
    const small = await init(environment, ...flags, ...more);
    expect(small.source).toMatchObject({
      metric: 'l2',
      search: 'ivfflat',
      columns: { id: 'slug', payload: ['Year', 'notes'] },
    });
    const many = await init(environment, ...flags);
    expect(many.stderr).toContain('The columns of vectors are small, large::halfvec(384).');
    const wrong = await init(environment, ...flags, '--vector', 'small', '--metric', 'inner-product');
    expect(wrong.stderr).toContain('the metrics are');
  }, 300_000);

  test('a table in parts is one table, and no password is written', async () => {
    const flags = ['--database', 'pgvector', '--url', url, '--id', 'id'];
    const { text, source, stderr } = await init(
      { DATABASE_URL: '' },
      ...flags,
      '--table',
      `${schema.name}.parts`,
    );
    expect(source).toMatchObject({ url: `\${DATABASE_URL}`, search: 'exact' });
    expect(stderr).toContain('Set before you use it: DATABASE_URL');
    expect(text).not.toContain(`:${new URL(url).password}@`);
    const part = await init(
      { DATABASE_URL: url },
      '--database',
      'pgvector',
      '--table',
      `${schema.name}.parts_1`,
    );
    expect(part.stderr).toContain(`--table is "${schema.name}.parts_1"`);
  }, 300_000);
});

describeEngine('elastic', elastic, ({ url, version, stop }) => {
  let indices: TestIndices;
  let index: string;

  beforeAll(async () => {
    indices = openTestIndices({ url, version });
    index = indices.next();
    await indices.client.indices.create({
      index,
      aliases: { [`${index}-alias`]: {} },
      mappings: {
        properties: {
          doc: { properties: { content: { type: 'text' }, lang: { type: 'keyword' } } },
          headline: { type: 'text' },
          account_id: { type: 'keyword' },
          embedding: { type: 'dense_vector', dims: 384, similarity: 'cosine' },
          raw: { type: 'dense_vector', dims: 8, index: false },
        },
      },
    });
    const embedding = Array.from({ length: 384 }, (_, place) => Math.sin(place + 1));
    await indices.client.index({
      index,
      refresh: true,
      document: { doc: { content: 'Yeast.', lang: 'en' }, headline: 'Bread', account_id: 'acme', embedding },
    });
  });
  afterAll(async () => {
    await indices.drop();
    await stop();
  });

  test('a mapping says which field is which', async () => {
    const { origin, username, password } = new URL(url);
    const signIn = username === '' ? [] : ['--username', username, '--password-variable', 'ELASTIC_PASSWORD'];
    const environment = { ELASTIC_URL: origin, ELASTIC_PASSWORD: password };
    const flags = ['--database', 'elastic', ...signIn, '--index', index];
    const asked = await init(environment, ...flags);
    expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining('--tenant-field is missing') });
    const found = await init(environment, ...flags, '--tenant-field', 'account_id');
    expect(found.stderr).toContain('1 document\n  Nothing is wrong.');
    expect(found.source).toMatchObject({
      adapter: 'elastic',
      url: `\${ELASTIC_URL}`,
      index,
      fields: { vector: 'embedding', text: 'doc.content', payload: null },
      tenantField: 'account_id',
    });
    const alias = await init(
      environment,
      ...flags,
      '--index',
      `${index}-alias`,
      '--tenant-field',
      'none',
      '--payload',
      'doc',
    );
    expect(alias.source).toMatchObject({ index, fields: { payload: 'doc' } });
  }, 300_000);

  test('a quantized index keeps its word', async () => {
    const { origin, username, password } = new URL(url);
    const signIn = username === '' ? [] : ['--username', username, '--password-variable', 'ELASTIC_PASSWORD'];
    const environment = { ELASTIC_URL: origin, ELASTIC_PASSWORD: password };
    const written = { quantize: 'binary' } as const;
    const { index: quantized } = await indices.filled(randomDocuments(3, 384), { written });
    const found = await init(environment, '--database', 'elastic', ...signIn, '--index', quantized);
    expect(found.stderr).toContain('3 documents\n  Nothing is wrong.');
    expect(found.source).toMatchObject({ index: quantized, quantize: 'binary' });
  }, 300_000);
});
