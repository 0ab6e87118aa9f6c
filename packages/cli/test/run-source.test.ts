import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { openSource } from '../src/adapters/open-source.ts';
import { readConfigFile } from '../src/config/config-file.ts';
import { Secrets } from '../src/secrets.ts';
import { runInProcess } from './run-in-process.ts';
import { temporaryFolder } from './temporary-folder.ts';

jest.setTimeout(300_000);

const jsonLines = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
const corpus = [
  { _id: 'paris', title: 'France', text: 'Paris is the capital of France.' },
  { _id: 'berlin', title: 'Germany', text: 'Berlin is the capital of Germany.' },
  { _id: 'bread', text: 'Bread rises because yeast makes gas.', topic: 'kitchen' },
  { _id: 'tides', text: 'The moon pulls the water of the sea, which makes the tides.' },
  { _id: 'blank', title: '', text: '' },
];
const queries = [
  { _id: 'q1', text: 'capital of France' },
  { _id: 'q2', text: 'why does bread rise' },
  { _id: 'q3', text: 'nobody ranked anything for this' },
  { _id: 'q4', text: 'nobody ranked anything for this' },
];
// Scores decide, not ranks and not lines; berlin and bread are a tie, which trec_eval orders by id, last first.
const run = `q1 Q0 paris 1 1.5 bm25
q1 Q0 tides 2 9.25 bm25
q1 Q0 berlin 3 4 bm25
q1 Q0 bread 4 4 bm25
q2 Q0 tides 1 7 bm25
q2 Q0 bread 2 6 bm25
`;
const config = 'source: { adapter: run, file: lists/bm25.run, collection: notes }\ndepth: 4\ntopK: 2\n';

const home = process.cwd();
afterAll(() => process.chdir(home));
beforeAll(() => {
  process.chdir(
    temporaryFolder({
      'run.yaml': config,
      'lists/bm25.run': run,
      'notes/corpus.jsonl': jsonLines(corpus),
      'notes/queries.jsonl': jsonLines(queries),
      'notes/qrels.tsv': 'query-id\tcorpus-id\tscore\nq1\tparis\t1\nq2\tbread\t1\nq3\ttides\t1\n',
    }),
  );
});

const open = async (text = config) => {
  writeFileSync('opened.yaml', text);
  return openSource(await readConfigFile('opened.yaml', { environment: {}, secrets: new Secrets() }));
};

test('a ranking is found by the text of its query, in the order of trec_eval', async () => {
  const { source } = await open();
  expect(source).toMatchObject({ name: 'run:bm25.run', input: 'text' });
  const search = (text: string, depth = 10) => source.search({ query: { text }, depth });
  expect(await search('capital of France')).toEqual([
    { id: 'tides', text: corpus[3]!.text, score: 9.25, rank: 1 },
    { id: 'bread', text: corpus[2]!.text, payload: { topic: 'kitchen' }, score: 4, rank: 2 },
    { id: 'berlin', text: `Germany\n${corpus[1]!.text}`, payload: { title: 'Germany' }, score: 4, rank: 3 },
    { id: 'paris', text: `France\n${corpus[0]!.text}`, payload: { title: 'France' }, score: 1.5, rank: 4 },
  ]);
  expect(await search('capital of France', 2)).toHaveLength(2);
  expect(await search('nobody ranked anything for this')).toEqual([]);
  await expect(search('capital of france')).rejects.toMatchObject({ code: 'invalid-query' });
});

test('eval reranks it: stage 1 is the run to the last digit, and no embedder is loaded', async () => {
  const flags = ['--collection', 'notes', '--json', '--per-query', '--run-out', 'out'];
  const { code, stdout } = await runInProcess(['eval', '--config', 'run.yaml', ...flags]);
  expect(code).toBe(0);
  const live = JSON.parse(stdout);
  const files = ['--run', 'lists/bm25.run', '--qrels', 'notes/qrels.tsv', '--json', '--per-query'];
  const measured = JSON.parse((await runInProcess(['eval', ...files])).stdout);
  expect(live.runs[0].means).toEqual(measured.runs[0].means);
  expect(live.runs[0].perQuery).toEqual({ ...measured.runs[0].perQuery, q3: [0, 0, 0, 0, 0, 0, 0] });
  expect(live.runs[1].perQuery.q1[1]).toBe(1);
  expect(live.runs[1].perQuery.q2[1]).toBe(1);
  expect(live.latencyMs.embed.p99).toBeLessThan(5);
  expect(readFileSync('out.stage-2.run', 'utf8')).toMatch(/^q1 Q0 paris 1 /);
});

test('doctor says what is in it, and nothing can be stored in it', async () => {
  const { stdout } = await runInProcess(['doctor', '--config', 'run.yaml', '--json']);
  expect(JSON.parse(stdout).engines).toContainEqual(
    expect.objectContaining({ reachable: true, version: 'a run of 2 queries', documents: 4 }),
  );
  const indexed = await runInProcess(['index', '--config', 'run.yaml', '--corpus', 'notes/corpus.jsonl']);
  expect(indexed.code).not.toBe(0);
  expect(indexed.stderr).toMatch(/can be searched, but not filled or copied/);
  const { source } = await open();
  const query = { text: 'capital of France' };
  await expect(source.search({ query, depth: 1, tenant: 'acme' })).rejects.toMatchObject({
    code: 'invalid-options',
  });
  await expect(
    source.search({ query, depth: 1, filter: { field: 'topic', eq: 'kitchen' } }),
  ).rejects.toMatchObject({ code: 'invalid-filter' });
  await expect(source.search({ query, depth: 1, signal: AbortSignal.abort() })).rejects.toThrow(/abort/);
});

test('two queries of one text may have one ranking', async () => {
  const rankings = `${run}q3 Q0 paris 1 1 bm25\nq4 Q0 paris 1 1 bm25\n`;
  const folder = temporaryFolder({ 'bm25.run': rankings });
  const { source } = await open(config.replace('lists', folder));
  const found = await source.search({ query: { text: queries[3]!.text }, depth: 4 });
  expect(found.map(({ id }) => id)).toEqual(['paris']);
});

describe('refused with the place and the way out', () => {
  test.each([
    [
      'an unknown query',
      `${run}q9 Q0 paris 1 1 bm25\n`,
      /bm25\.run: It ranks .* query "q9", which .*queries\.jsonl does/,
    ],
    [
      'an unknown passage',
      `${run}q2 Q0 lyon 1 1 bm25\n`,
      /bm25\.run: It names the passage "lyon", which .*corpus\.jsonl/,
    ],
    [
      'two queries with one text and two rankings',
      `${run}q3 Q0 paris 1 2 bm25\nq4 Q0 paris 1 1 bm25\n`,
      /"q3" and "q4" have the same text/,
    ],
    [
      'a document without text',
      `${run}q2 Q0 blank 3 1 bm25\n`,
      /corpus\.jsonl:\d+: The document "blank" has/,
    ],
    [
      'a score without an end',
      `${run}q3 Q0 paris 1 inf bm25\n`,
      /"paris" of query "q3" has the score Infinity/,
    ],
    ['a line that is none', 'q1 paris\n', /bm25\.run:1: The line has 2 columns, and 6 were expected/],
    ['nothing', '', /bm25\.run: The run is empty/],
  ])('%s', async (_, text, message) => {
    const folder = temporaryFolder({ 'bm25.run': text });
    await expect(open(config.replace('lists', folder))).rejects.toMatchObject({
      code: 'invalid-document',
      message: expect.stringMatching(message),
    });
  });

  test.each([
    ['{ adapter: run, file: lists/bm25.run }', /:\d+: source\.collection is missing\.\n.*Use a string/],
    [
      '{ adapter: run, path: a, file: a, collection: b }',
      /source\.path is not an option\.\n.*Use file, collection, name/,
    ],
    ['{ adapter: run, file: gone.run, collection: notes }', /gone\.run: This path does not exist/],
    ['{ adapter: run, file: lists/bm25.run, collection: lists }', /queries\.jsonl: This path does not exist/],
    ['{ adapter: federated, sources: [{}, { source: }] }', /source\.sources\[0\]\.source is missing/],
  ])('%s', async (source, message) => {
    writeFileSync('wrong.yaml', `source: ${source}\n`);
    const { code, stderr } = await runInProcess(['search', '--config', 'wrong.yaml', '--query', 'a']);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});
