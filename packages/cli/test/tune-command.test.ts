import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { runCommand } from './run-command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const config = `
source:
  adapter: pgvector
  directory: data/postgres
  table: capitals
depth: 4
topK: 2
`;
const places =
  'France Germany Italy Spain Portugal Austria Poland Norway Sweden Finland Greece Ireland'.split(' ');
const corpus = places.map((place, index) => ({
  id: `c${index}`,
  text: `The capital of ${place} is a large city.`,
}));
const queries = places.map((place, index) => ({ id: `q${index}`, text: `capital of ${place}` }));
const qrels = ['query-id\tcorpus-id\tscore', ...places.map((_, index) => `q${index}\tc${index}\t1`)];
const lines = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

// Models are loaded and timed in processes of their own.
const patience = 240_000;
jest.setTimeout(patience);

let folder = '';
const flags = ['tune', '--config', 'secondpass.config.yaml', '--collection', 'judged'];
const quick = [
  '--precisions',
  'int8',
  '--depths',
  '2,4',
  '--blends',
  '0,0.5',
  '--rounds',
  '5',
  '--models',
  'small',
];

beforeAll(async () => {
  folder = temporaryFolder({
    'secondpass.config.yaml': config,
    'judged/corpus.jsonl': lines(corpus),
    'judged/queries.jsonl': lines(queries),
    'judged/qrels.tsv': `${qrels.join('\n')}\n`,
  });
  const index = ['index', '--config', 'secondpass.config.yaml', '--corpus', 'judged/corpus.jsonl'];
  expect(await runCommand(index, { folder })).toMatchObject({ code: 0 });
}, patience);

describe('secondpass tune', () => {
  test('answers with every figure, and writes a report and a configuration that search takes', async () => {
    const files = ['--out', 'tuned.yaml', '--report', 'report.html'];
    const { code, stdout, stderr } = await runCommand([...flags, ...quick, ...files, '--json'], { folder });
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('Timing each depth') });
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({
      measure: { name: 'ndcg_cut_10' },
      queries: { used: 12, withoutRelevant: 0 },
      scorers: [{ key: 'small int8', batchInvariant: true }],
      depths: [2, 4],
      // What is in use is among them: the weight that small brings for the bundled bi-encoder.
      blends: [0, 0.1, 0.5],
      advice: { unseen: { gain: expect.any(Object) } },
      warnings: [expect.stringMatching(/Only 12 queries/)],
    });
    expect(result.settings).toHaveLength(6);
    expect(result.settings[result.current]).toMatchObject({ blend: 0.1 });
    expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain('<h2>Worst losses</h2>');
    const search = ['search', '--config', 'tuned.yaml', '--query', 'capital of Spain', '--json'];
    const found = await runCommand(search, { folder });
    expect(found.code).toBe(0);
    expect(JSON.parse(found.stdout).hits[0].candidate.id).toBe('c3');
  });

  test('tries a cascade at each depth with the weights that its models state, and says so', async () => {
    const stages = ['    - reranker: { model: nano }', '    - reranker: { model: small }', '      best: 2'];
    const cascade = ['reranker:', '  cascade:', ...stages].join('\n');
    writeFileSync(join(folder, 'cascade.yaml'), `${config}${cascade}\n`);
    const given = ['tune', '--config', 'cascade.yaml', '--collection', 'judged', ...quick, '--json'];
    const { code, stdout, stderr } = await runCommand(given, { folder });
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('note: The cascade is measured with the weight of stage 1 in use'),
    });
    const { settings, current } = JSON.parse(stdout);
    const inUse = settings[current];
    const own = settings.filter(({ scorer }: { scorer: string }) => scorer === inUse.scorer);
    expect(own.map(({ blend }: { blend: number }) => blend)).toEqual(own.map(() => 0));
    expect(stdout).not.toMatch(/A score of nano, then small may depend/);
  });

  test('--filter and --tenant decide what stage 1 finds', async () => {
    const nothing = ['--filter', '{"field":"title","eq":"nowhere"}'];
    const filtered = await runCommand([...flags, ...quick, ...nothing], { folder });
    expect(filtered.code).not.toBe(0);
    const strange = await runCommand([...flags, ...quick, '--tenant', 'a'], { folder });
    expect(strange).toMatchObject({ code: 2, stderr: expect.stringMatching(/tenant/) });
  });

  test('no setting within the limit ends with 1, says how long the quickest takes, and writes no configuration', async () => {
    const limit = ['--max-latency', '0.001', '--out', 'none.yaml'];
    const { code, stdout } = await runCommand([...flags, ...quick, ...limit], { folder });
    expect(code).toBe(1);
    expect(stdout).toMatch(/No setting stays within/);
    expect(existsSync(join(folder, 'none.yaml'))).toBe(false);
  });

  test('an interruption ends it with 130 and leaves no file', async () => {
    const many = ['--rounds', '10000', '--report', 'interrupted.html'];
    const { code } = await runCommand([...flags, ...quick, ...many], { folder, interruptAt: 'Timing' });
    expect(code).toBe(130);
    expect(existsSync(join(folder, 'interrupted.html'))).toBe(false);
  });

  test.each([
    ['a limit of each kind', ['--max-loss', '0.01', '--max-latency', '80'], /cannot be used with/],
    ['a depth below topK', ['--depths', '1,4'], /--depths has 1, and topK is 2/],
    ['a measure that is none', ['--measure', 'nDCG@10'], /ndcg_cut_10/],
    ['a weight above 1', ['--blends', '0,2'], /from 0 to 1/],
    ['a folder without queries', ['--collection', '.'], /queries\.jsonl/],
    ['too few queries', ['--queries', '5', ...quick], /at least 10/],
  ])('%s ends with 2', async (_, more, expected) => {
    const { code, stdout, stderr } = await runCommand([...flags, ...more], { folder });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(expected);
  });
});
