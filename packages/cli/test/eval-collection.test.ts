import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { runInProcess } from './run-in-process.ts';
import { temporaryFolder } from './temporary-folder.ts';

// Most tests here start a database and load both models.
jest.setTimeout(300_000);

const config = `
source: { adapter: pgvector, directory: data/postgres, table: notes }
depth: 6
topK: 2
timeoutMs: 240000
`;
const jsonLines = (rows: readonly object[]) => `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`;
const corpus = [
  { _id: 'paris', title: 'France', text: 'Paris is the capital of France.' },
  { _id: 'berlin', title: 'Germany', text: 'Berlin is the capital of Germany.' },
  { _id: 'bananas', title: '', text: 'Bananas are yellow when they are ripe.' },
  { _id: 'bread', title: '', text: 'Bread rises because yeast makes gas.' },
  { _id: 'rust', title: '', text: 'Iron rusts where water and air reach it.' },
  { _id: 'tides', title: '', text: 'The moon pulls the water of the sea, which makes the tides.' },
];
const queries = [
  { _id: 'q1', text: 'capital of France' },
  { _id: 'q2', text: 'why does bread rise' },
  { _id: 'q3', text: 'what makes the tides' },
  { _id: 'unjudged', text: 'nobody judged this' },
];
const judged = [['q1', 'paris', 2], ['q1', 'berlin', 0], ['q2', 'bread', 1], ['q3', 'tides', 1]]; // biome-ignore format: a table
const qrelsOf = (rows: readonly (readonly unknown[])[]) =>
  `query-id\tcorpus-id\tscore\n${rows.map((row) => row.join('\t')).join('\n')}\n`;

const home = process.cwd();
afterAll(() => process.chdir(home));

let folder = '';
beforeAll(async () => {
  folder = temporaryFolder({
    'secondpass.config.yaml': config,
    'notes/corpus.jsonl': jsonLines(corpus),
    'notes/queries.jsonl': jsonLines(queries),
    'notes/qrels/test.tsv': qrelsOf(judged),
    // Ours: `id`, and the judgments beside the rest.
    'ours/queries.jsonl': jsonLines(queries.map(({ _id, text }) => ({ id: _id, text }))),
    'ours/corpus.jsonl': jsonLines(corpus),
    'ours/qrels.tsv': qrelsOf([...judged, ['q1', 'lyon', 1]]),
    'many/queries.jsonl': jsonLines(
      Array.from({ length: 5_000 }, (_, index) => ({
        id: `m${index}`,
        text: `why does bread number ${index} rise`,
      })),
    ),
    'many/qrels.tsv': qrelsOf(Array.from({ length: 5_000 }, (_, index) => [`m${index}`, 'bread', 1])),
  });
  const flags = ['index', '--config', 'secondpass.config.yaml', '--corpus', 'notes/corpus.jsonl'];
  process.chdir(folder);
  expect((await runInProcess(flags)).code).toBe(0);
});

const evaluate = (collection: string, ...flags: readonly string[]) =>
  runInProcess(['eval', '--config', 'secondpass.config.yaml', '--collection', collection, ...flags]);

test('both stages over a collection in the layout of BEIR', async () => {
  const { code, stdout, stderr } = await evaluate('notes', '--json', '--per-query', '--run-out', 'out');
  expect({ code, stderr }).toEqual({ code: 0, stderr: 'Reading notes …\nAsking 3 queries …\n' });
  const report = JSON.parse(stdout);
  expect(report).toMatchObject({
    version: 1,
    config: 'secondpass.config.yaml',
    collection: 'notes',
    qrels: join('notes', 'qrels', 'test.tsv'),
    depth: 6,
    topK: 6,
    queries: { judged: 3, counted: 3, withoutRelevant: 0 },
    runs: [
      { name: 'stage 1', answered: 3, means: { recall_100: 1 } },
      { name: 'stage 2', answered: 3, means: { recall_100: 1 } },
    ],
    comparisons: [{ baseline: 'stage 1', run: 'stage 2', queries: 3 }],
    degraded: { count: 0, reasons: [] },
    failed: { count: 0, reasons: [] },
    partial: false,
    runFiles: ['out.stage-1.run', 'out.stage-2.run'],
  });
  expect(Object.keys(report.latencyMs)).toEqual(['embed', 'search', 'rerank', 'total']);
  expect(report.runs[1].means.recip_rank_cut_10).toBeGreaterThan(0.9);

  const files = ['--run', 'out.stage-1.run', '--run', 'out.stage-2.run', '--qrels', 'notes/qrels/test.tsv'];
  const again = JSON.parse((await runInProcess(['eval', ...files, '--json', '--per-query'])).stdout);
  for (const stage of [0, 1]) {
    expect(again.runs[stage].perQuery).toEqual(report.runs[stage].perQuery);
    expect(again.runs[stage].means).toEqual(report.runs[stage].means);
  }
});

test('ours too, as a table with the latency of each stage, and a note of what the corpus lacks', async () => {
  const { code, stdout, stderr } = await evaluate(
    'ours',
    '--queries',
    '2',
    '--depth',
    '3',
    '--top-k',
    '2',
    '--concurrency',
    '2',
  );
  expect(code).toBe(0);
  expect(stdout).toMatch(/ours · 2 queries of 3 · depth 3 · top 2/);
  expect(stdout).toMatch(/measure +stage 1 +stage 2 +difference +95 % interval +p +better +worse +alike/);
  expect(stderr).toMatch(/warning: 1 of 5 judged passages, such as "lyon", are not in /);
  expect(stdout).toMatch(/latency +p50 +p95 +p99\n *embed .*\n *search .*\n *rerank .*\n *total /);
});

test('only the passages that a filter lets through, as the report says', async () => {
  const filter = { field: 'title', eq: 'France' };
  const { stdout } = await evaluate('notes', '--json', '--filter', JSON.stringify(filter));
  expect(JSON.parse(stdout)).toMatchObject({
    filter,
    runs: [{ means: { recall_100: 1 / 3 } }, { means: { recall_100: 1 / 3 } }],
  });
  const table = await evaluate('notes', '--filter', JSON.stringify(filter));
  expect(table.stdout).toContain('notes · 3 queries · filtered · depth 6');
  const nothing = await evaluate('notes', '--filter', '{"field":"title","eq":"nowhere"}');
  expect(nothing).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Stage 1 found no passage for any query'),
  });
  const broken = await evaluate('notes', '--filter', '{');
  expect(broken).toMatchObject({ code: 2, stderr: expect.stringContaining('--filter: This is not JSON') });
  const files = ['--run', 'out.stage-1.run', '--qrels', 'notes/qrels/test.tsv', '--tenant', 'a'];
  expect(await runInProcess(['eval', ...files])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--tenant cannot be used with --run'),
  });
});

test('a source that keeps tenants apart is measured for one of them, and not without one', async () => {
  const tenants = temporaryFolder({
    'secondpass.config.yaml': config.replace('table: notes', 'table: kept, tenantField: team'),
    'corpus.jsonl': jsonLines(
      ['a', 'b'].flatMap((team) => corpus.map((each) => ({ ...each, _id: `${team}-${each._id}`, team }))),
    ),
    'a/queries.jsonl': jsonLines(queries),
    'a/qrels.tsv': qrelsOf(judged.map(([query, id, grade]) => [query, `a-${id}`, grade])),
  });
  process.chdir(tenants);
  try {
    const index = ['index', '--config', 'secondpass.config.yaml', '--corpus', 'corpus.jsonl'];
    expect((await runInProcess(index)).code).toBe(0);
    const { stdout } = await evaluate('a', '--json', '--tenant', 'a', '--run-out', 'of-a');
    expect(JSON.parse(stdout)).toMatchObject({
      tenant: 'a',
      runs: [{ means: { recall_100: 1 } }, { means: { recall_100: 1 } }],
    });
    expect(readFileSync(join(tenants, 'of-a.stage-1.run'), 'utf8')).not.toMatch(/ b-/);
    const without = await evaluate('a', '--json');
    expect(without).toMatchObject({ code: 2, stderr: expect.stringMatching(/tenant/) });
  } finally {
    process.chdir(folder);
  }
});

test('an interruption ends it with what was measured, said as partial', async () => {
  const program = fileURLToPath(new URL('../bin/secondpass.js', import.meta.url));
  const flags = [
    'eval',
    '--config',
    'secondpass.config.yaml',
    '--collection',
    'many',
    '--json',
    '--run-out',
    'cut',
  ];
  const child = spawn(process.execPath, [program, ...flags], {
    cwd: folder,
    // So that nothing is left running where this test fails.
    timeout: 200_000,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const written = join(folder, 'cut.stage-2.run');
  const watching = setInterval(() => {
    if (!existsSync(written) || statSync(written).size === 0) return;
    clearInterval(watching);
    child.kill('SIGINT');
  }, 20);
  const code = await new Promise((resolve) => child.on('close', resolve)).finally(() =>
    clearInterval(watching),
  );
  expect(code).toBe(130);
  expect(stderr).toMatch(/Interrupted after \d+ of 5000 queries: the answer is partial\./);
  const report = JSON.parse(stdout);
  expect(report.partial).toBe(true);
  expect(report.queries.counted).toBeGreaterThan(0);
  expect(report.runs[0].answered).toBe(report.queries.counted);
  expect(readFileSync(written, 'utf8')).toMatch(/\n$/);
});

describe('refused with 2, the place and the way out', () => {
  const cases: Record<string, Record<string, string>> = {
    noQueries: { 'qrels.tsv': qrelsOf(judged) },
    noQrels: { 'queries.jsonl': jsonLines(queries) },
    unknownQuery: {
      'queries.jsonl': jsonLines(queries),
      'qrels.tsv': qrelsOf([...judged, ['q8', 'paris', 1]]),
    },
    unknownPassages: {
      'corpus.jsonl': jsonLines(corpus),
      'queries.jsonl': jsonLines(queries),
      'qrels.tsv': qrelsOf([['q1', 'doc 1', 1]]),
    },
    notIndexed: { 'queries.jsonl': jsonLines(queries), 'qrels.tsv': qrelsOf([['q1', 'doc-1', 1]]) },
    badLine: { 'queries.jsonl': '{"id":"q1","text":"a"}\n{"id"', 'qrels.tsv': qrelsOf([['q1', 'paris', 1]]) },
    noText: { 'queries.jsonl': '{"id":"q1"}\n', 'qrels.tsv': qrelsOf([['q1', 'paris', 1]]) },
    twice: {
      'queries.jsonl': jsonLines([queries[0]!, queries[0]!]),
      'qrels.tsv': qrelsOf([['q1', 'paris', 1]]),
    },
  };
  const collections = () =>
    temporaryFolder(
      Object.fromEntries(
        Object.entries(cases).flatMap(([name, files]) =>
          Object.entries(files).map(([file, text]) => [`${name}/${file}`, text]),
        ),
      ),
    );
  let root = '';
  beforeAll(() => {
    root = collections();
  });

  test.each([
    ['noQueries', /There is no .*queries\.jsonl/],
    ['noQrels', /There is no .*test\.tsv or .*qrels\.tsv/],
    ['unknownQuery', /qrels\.tsv:6: Query "q8" is judged here, but .*queries\.jsonl does not have it/],
    ['unknownPassages', /None of the 1 judged passages, such as "doc 1", is in .*corpus\.jsonl/],
    [
      'notIndexed',
      /No passage that stage 1 found has a judgment: it finds ids such as "\w+"; the judgments have ids such as "doc-1"/,
    ],
    ['badLine', /queries\.jsonl:2: The line is not JSON/],
    ['noText', /queries\.jsonl:1: "text" is missing/],
    ['twice', /queries\.jsonl:2: The query "q1" already occurs on line 1/],
    ['absent', /absent: There is no .*absent.queries\.jsonl/],
  ])('%s', async (name, message) => {
    const { code, stdout, stderr } = await evaluate(join(root, name));
    expect(stderr).toMatch(message);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/\n {2}→ /);
  });

  test('a prefix that cannot be written, before anything is asked', async () => {
    const { code, stderr } = await evaluate('notes', '--run-out', 'absent/folder/x');
    expect(code).toBe(2);
    expect(stderr).toMatch(/--run-out: .*cannot be written \(ENOENT\)/);
    expect(stderr).not.toMatch(/Asking/);
  });
});
