import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runInProcess } from './run-in-process.ts';
import { temporaryFolder } from './temporary-folder.ts';

const qrels = 'query-id\tcorpus-id\tscore\nq1\ta\t2\nq1\tb\t1\nq2\tc\t1\nq3\td\t1\nq4\te\t0\n';
const first = ['q1 Q0 x 1 3 old', 'q1 Q0 a 2 2 old', 'q1 Q0 b 3 1 old', 'q2 Q0 c 1 1 old', 'q9 Q0 c 1 1 old'];
const second = [
  'q1 Q0 a 1 3 new',
  'q1 Q0 b 2 2 new',
  'q2 Q0 x 1 2 new',
  'q2 Q0 c 2 1 new',
  'q3 Q0 d 1 1 new',
];

const home = process.cwd();
afterAll(() => process.chdir(home));

let folder = '';
beforeAll(() => {
  folder = temporaryFolder({
    'qrels.tsv': qrels,
    'old.run': `${first.join('\n')}\n`,
    'new.run': `${second.toReversed().join('\n')}\n`,
    'folder/inside.run': '',
  });
});

const evaluateIn = (place: string, flags: readonly string[]) => {
  process.chdir(place);
  return runInProcess(['eval', ...flags]);
};
const evaluate = (...flags: readonly string[]) => evaluateIn(folder, flags);
const both = ['--run', 'old.run', '--run', 'new.run', '--qrels', 'qrels.tsv'];

test('two runs, the second compared with the first', async () => {
  const { code, stdout } = await evaluate(...both, '--measures', 'recip_rank,P_1', '--json', '--per-query');
  expect(code).toBe(0);
  expect(stdout.split('\n')).toHaveLength(2);
  expect(JSON.parse(stdout)).toEqual({
    version: 1,
    qrels: 'qrels.tsv',
    measures: ['recip_rank', 'P_1'],
    relevanceLevel: 1,
    average: 'judged',
    seed: 0,
    queries: { judged: 4, counted: 4, withoutRelevant: 1 },
    runs: [
      {
        name: 'old.run',
        answered: 2,
        unjudgedQueries: 1,
        means: { recip_rank: 1.5 / 4, P_1: 1 / 4 },
        perQuery: { q1: [0.5, 0], q2: [1, 1] },
      },
      {
        name: 'new.run',
        answered: 3,
        unjudgedQueries: 0,
        means: { recip_rank: 2.5 / 4, P_1: 2 / 4 },
        perQuery: { q1: [1, 1], q2: [0.5, 0], q3: [1, 1] },
      },
    ],
    comparisons: [
      {
        baseline: 'old.run',
        run: 'new.run',
        queries: 4,
        measures: {
          recip_rank: expect.objectContaining({ difference: 0.25, wins: 2, losses: 1, ties: 1 }),
          P_1: expect.objectContaining({ difference: 0.25, pValue: expect.any(Number) }),
        },
        bestWins: [
          { query: 'q3', baseline: 0, run: 1 },
          { query: 'q1', baseline: 0.5, run: 1 },
        ],
        worstLosses: [{ query: 'q2', baseline: 1, run: 0.5 }],
      },
    ],
    partial: false,
    warnings: [],
    seconds: expect.any(Number),
  });
});

test('--average in-run takes the mean over what a run has, and compares on what both have', async () => {
  const flags = ['--average', 'in-run', '--measures', 'recip_rank', '--json'];
  const { runs, comparisons } = JSON.parse((await evaluate(...both, ...flags)).stdout);
  expect(runs.map(({ means }: { means: object }) => means)).toEqual([
    { recip_rank: 0.75 },
    { recip_rank: 2.5 / 3 },
  ]);
  expect(comparisons[0]).toMatchObject({ queries: 2, measures: { recip_rank: { difference: 0 } } });
});

test('the same seed gives the same numbers, and a sample of queries', async () => {
  const flags = [...both, '--queries', '2', '--seed', '7', '--json'];
  const [one, other] = (await Promise.all([evaluate(...flags), evaluate(...flags)])).map(({ stdout }) =>
    JSON.parse(stdout),
  );
  expect({ ...one, seconds: 0 }).toEqual({ ...other, seconds: 0 });
  expect(one.queries).toMatchObject({ judged: 4, counted: 2 });
});

test('--top-k cuts by score, whatever the order of the lines', async () => {
  const flags = [
    '--run',
    'new.run',
    '--qrels',
    'qrels.tsv',
    '--top-k',
    '1',
    '--measures',
    'recip_rank',
    '--json',
  ];
  expect(JSON.parse((await evaluate(...flags)).stdout).runs[0].means).toEqual({ recip_rank: 2 / 4 });
});

test('a table, and the JSON in a file beside it', async () => {
  const { code, stdout, stderr } = await evaluate(...both, '--json', 'out.json');
  expect(code).toBe(0);
  expect(stdout).toMatch(/qrels\.tsv · 4 queries/);
  expect(stdout).toMatch(/run: new\.run, baseline: old\.run|old\.run +new\.run/);
  expect(stdout).toMatch(/nDCG@10 +0\.\d{4} +0\.\d{4} +\+0\.\d{4} /);
  expect(stdout).toMatch(/worst losses by nDCG@10: q2 1\.00→0\.63/);
  expect(stdout).toMatch(/old\.run has no ranking for 2 judged queries, which count as 0/);
  expect(stdout).toMatch(/1 query of old\.run without judgments, left out/);
  expect(stdout).toMatch(/1 query without a relevant passage/);
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  expect(stderr).toMatch(/Wrote out\.json/);
  expect(JSON.parse(readFileSync(join(folder, 'out.json'), 'utf8')).runs).toHaveLength(2);
});

describe('refused with 2, the place and the way out', () => {
  const bad: Record<string, string> = {
    'short.run': 'q1 Q0 a 1 2 x\nq1 Q0 b 2\n',
    'nan.run': 'q1 Q0 a 1 NaN x\n',
    'twice.run': 'q1 Q0 a 1 2 x\nq1 Q0 a 2 1 x\n',
    'scattered.run': 'q1 Q0 a 1 2 x\nq2 Q0 a 1 2 x\nq1 Q0 b 2 1 x\n',
    'strangers.run': 'other-1 Q0 a 1 2 x\n',
    'strange-ids.run': 'q1 Q0 doc-a 1 2 x\n',
    'empty.run': '',
    'grade.tsv': 'q1\ta\t1\nq1\tb\thigh\n',
    'same.tsv': 'q1\ta\t1\nq1\ta\t0\n',
    'columns.tsv': 'q1 0 a 1\nq1 0 b\n',
    'nothing.tsv': '\n',
    'latin.tsv': 'q1\t\u{fffd}',
  };
  let files = '';
  beforeAll(() => {
    files = temporaryFolder({
      ...bad,
      'latin.tsv': new Uint8Array([113, 9, 0xe9, 9, 49]),
      'qrels.tsv': qrels,
    });
  });

  test.each([
    ['short.run', 'qrels.tsv', 'short.run:2: The line has 4 columns, and 6 were expected'],
    ['nan.run', 'qrels.tsv', 'nan.run:1: The score is "NaN"'],
    ['twice.run', 'qrels.tsv', 'twice.run:2: Query "q1" already has the passage "a" on line 1'],
    ['scattered.run', 'qrels.tsv', /scattered\.run:3: .*\n {2}→ .*sort -s -k1,1/],
    [
      'strangers.run',
      'qrels.tsv',
      'strangers.run: No query of the run is judged in qrels.tsv: the run has ids such as "other-1", the judgments such as "q1"',
    ],
    ['strange-ids.run', 'qrels.tsv', 'No passage of the run is judged'],
    ['empty.run', 'qrels.tsv', 'empty.run: The run is empty'],
    ['absent.run', 'qrels.tsv', 'absent.run: This path does not exist'],
    ['nan.run', 'grade.tsv', 'grade.tsv:2: The grade is "high"'],
    ['nan.run', 'same.tsv', 'same.tsv:2: Query "q1" already has a judgment of "a"'],
    ['nan.run', 'columns.tsv', 'columns.tsv:2: The line has 3 columns'],
    ['nan.run', 'nothing.tsv', 'nothing.tsv: There are no judgments'],
    ['nan.run', 'latin.tsv', 'latin.tsv:1: The text is not valid UTF-8'],
  ])('%s with %s', async (run, judgments, message) => {
    const { code, stdout, stderr } = await evaluateIn(files, ['--run', run, '--qrels', judgments]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/\n {2}→ /);
  });

  test.each([
    [[], 'There is nothing to evaluate'],
    [['--config', 'a.yaml'], '--config is given without --collection'],
    [['--run', 'old.run'], '--run is given without --qrels'],
    [['--run', 'old.run', '--qrels', 'qrels.tsv', '--depth', '5'], '--depth cannot be used with --run'],
    [['--run', 'old.run', '--run', 'old.run', '--qrels', 'qrels.tsv'], '--run names old.run twice'],
    [[...both, '--measures', 'nDCG@10'], 'Write it as trec_eval does: ndcg_cut_10'],
    [[...both, '--measures', 'map,map'], '--measures names map twice'],
    [[...both, '--average', 'some'], 'Allowed choices are judged, in-run'],
    [[...both, '--json', 'absent/out.json'], 'absent/out.json cannot be written'],
    [['--run', 'folder', '--qrels', 'qrels.tsv'], 'folder: This path is a folder'],
  ])('%j', async (flags, message) => {
    const { code, stderr } = await evaluate(...flags);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});
