import { describe, expect, test } from '@jest/globals';
import {
  defaultMeasures,
  meansOf,
  measureOrder,
  measureQuery,
  measureRun,
  parseMeasure,
  trecOrder,
} from '@secondpass/evaluation';
import fc from 'fast-check';

const everyName = ['ndcg', 'recip_rank', 'map', 'bpref', 'recip_rank_cut_3', 'success_5', ...defaultMeasures];
const everyMeasure = everyName.map(parseMeasure);
const ids = fc.uniqueArray(fc.string({ unit: 'binary', minLength: 1, maxLength: 4 }), { maxLength: 40 });
const judgments = (of: readonly string[]) =>
  fc
    .subarray([...of, 'never ranked', 'nor this'])
    .chain((judged) =>
      fc
        .array(fc.integer({ min: -2, max: 4 }), { minLength: judged.length, maxLength: judged.length })
        .map((grades) => new Map(judged.map((id, index) => [id, grades[index]!]))),
    );
const judgedOrder = ids.chain((order) => fc.tuple(fc.constant(order), judgments(order)));

test('every measure lies between 0 and 1', () => {
  fc.assert(
    fc.property(judgedOrder, ([order, judged]) => {
      for (const value of measureOrder(order, judged, everyMeasure)) {
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(1 + 1e-12);
      }
    }),
  );
});

test('the order of the lines does not matter, and the one measured is that of trecOrder', () => {
  fc.assert(
    fc.property(judgedOrder, fc.array(fc.integer({ min: 0, max: 3 })), ([order, judged], scores) => {
      const ranking = order.map((id, index) => ({ id, score: (scores[index] ?? 1) / 3 }));
      const expected = measureOrder(trecOrder(ranking), judged, everyMeasure);
      expect(measureQuery(ranking, judged, everyMeasure)).toEqual(expected);
      expect(measureQuery(ranking.toReversed(), judged, everyMeasure)).toEqual(expected);
    }),
  );
});

test('the ideal order has the nDCG of 1, and nothing lowers a measure by putting a better grade before a worse', () => {
  const measures = ['ndcg', 'ndcg_cut_3', 'recip_rank', 'map', 'P_5', 'recall_100'].map(parseMeasure);
  fc.assert(
    fc.property(judgedOrder, ([order, judged]) => {
      const gradeOf = (id: string) => judged.get(id) ?? 0;
      const ideal = [...new Set([...judged.keys(), ...order])].sort((a, b) => gradeOf(b) - gradeOf(a));
      if ([...judged.values()].some((grade) => grade > 0))
        expect(measureOrder(ideal, judged, measures)[0]).toBeCloseTo(1, 12);
      const worse = measureOrder(order, judged, measures);
      const better = measureOrder(
        order.toSorted((a, b) => gradeOf(b) - gradeOf(a)),
        judged,
        measures,
      );
      for (const [index, value] of worse.entries())
        expect(better[index]).toBeGreaterThanOrEqual(value - 1e-12);
    }),
  );
});

describe('what stands on the page of each measure', () => {
  const judged = new Map([
    ['a', 2],
    ['b', 0],
    ['c', 1],
    ['d', 1],
  ]);
  const measured = (name: string) => measureOrder(['b', 'a', 'x', 'c'], judged, [parseMeasure(name)])[0];

  test.each([
    ['ndcg_cut_10', (2 / Math.log2(3) + 1 / Math.log2(5)) / (2 + 1 / Math.log2(3) + 1 / 2)],
    ['recip_rank_cut_10', 1 / 2],
    ['recip_rank_cut_1', 0],
    ['map', (1 / 2 + 2 / 4) / 3],
    ['recall_100', 2 / 3],
    ['P_5', 2 / 5],
    ['bpref', 0],
    ['judged_10', 3 / 10],
    ['judged_2', 1],
    ['success_1', 0],
  ])('%s', (name, expected) => {
    expect(measured(name)).toBeCloseTo(expected, 12);
  });
});

test('names are read as trec_eval writes them, and labels as people do', () => {
  expect(defaultMeasures.map((name) => parseMeasure(name).label)).toEqual([
    'nDCG@10',
    'MRR@10',
    'MAP',
    'recall@100',
    'P@5',
    'bpref',
    'judged@10',
  ]);
});

test.each([
  ['nDCG@10', 'ndcg_cut_10'],
  ['ndcg_10', 'ndcg_cut_10'],
  ['mrr', 'recip_rank'],
  ['RR@5', 'recip_rank_cut_5'],
  ['p@3', 'P_3'],
  ['R@100', 'recall_100'],
  ['ndcg_cut.10', 'ndcg_cut_10'],
])('%s is refused with %s for an answer', (given, meant) => {
  expect(() => parseMeasure(given)).toThrow(`Write it as trec_eval does: ${meant}.`);
});

test.each(['', 'P_0', 'P_05', 'P_20000', 'constructor', 'toString_5', 'ndcg_cut_-1', 'f1'])(
  '%s is refused with the list of what there is',
  (given) => {
    expect(() => parseMeasure(given)).toThrow(/Measures are ndcg, .* judged_k, with k from 1 to 10,000/);
  },
);

describe('refused', () => {
  const one = [parseMeasure('map')];

  test('a passage that is there twice', () => {
    const ranking = [
      { id: 'a', score: 1 },
      { id: 'a', score: 2 },
    ];
    expect(() => measureQuery(ranking, new Map(), one)).toThrow('"a" occurs twice in one ranking');
    expect(() => measureOrder(['a', 'a'], new Map(), one)).toThrow('"a" occurs twice in one ranking');
  });

  test('a score that is no number', () => {
    expect(() => measureQuery([{ id: 'a', score: Number.NaN }], new Map(), one)).toThrow('is NaN');
  });

  test('a relevance level below 1', () => {
    expect(() => measureOrder([], new Map(), one, { relevanceLevel: 0 })).toThrow('relevanceLevel is 0');
  });

  test('a query that is ranked twice', async () => {
    const rankings = [
      { query: 'q', ranking: [] },
      { query: 'q', ranking: [] },
    ];
    const measured = measureRun(rankings, new Map([['q', new Map([['a', 1]])]]), one);
    await expect(measured).rejects.toThrow('"q" is ranked twice');
  });
});

test('a query without a ranking counts as 0 in the mean over all judged ones', async () => {
  const judged = new Map([
    ['q1', new Map([['a', 1]])],
    ['q2', new Map([['a', 1]])],
  ]);
  const measured = await measureRun([{ query: 'q1', ranking: [{ id: 'a', score: 1 }] }], judged, [
    parseMeasure('map'),
  ]);
  expect(meansOf(measured, judged.keys())).toEqual([0.5]);
  expect(meansOf(measured, measured.perQuery.keys())).toEqual([1]);
  expect(meansOf(measured, [])).toEqual([0]);
});
