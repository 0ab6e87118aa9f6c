import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { meansOf, measureRun, parseMeasure } from '@secondpass/evaluation';

interface Goldens {
  readonly qrels: Record<string, Record<string, number>>;
  readonly run: Record<string, Record<string, number>>;
  readonly levels: readonly {
    readonly relevanceLevel: number;
    readonly measures: readonly string[];
    readonly perQuery: Record<string, readonly number[]>;
    readonly means: readonly number[];
    readonly meansComplete: readonly number[];
  }[];
}

const file = new URL('trec-eval.json', import.meta.url);
const { qrels, run, levels } = JSON.parse(readFileSync(file, 'utf8')) as Goldens;
const judgments = new Map(
  Object.entries(qrels).map(([query, grades]) => [query, new Map(Object.entries(grades))]),
);
const rankings = Object.entries(run).map(([query, scores]) => ({
  query,
  ranking: Object.entries(scores).map(([id, score]) => ({ id, score })),
}));

describe.each(levels)('as trec_eval with relevance level $relevanceLevel', (golden) => {
  const { relevanceLevel } = golden;
  const measured = measureRun(rankings, judgments, golden.measures.map(parseMeasure), { relevanceLevel });

  test('each measure of each query', async () => {
    const { perQuery, unjudgedQueries } = await measured;
    expect([...perQuery.keys()].sort()).toEqual(Object.keys(golden.perQuery).sort());
    expect(unjudgedQueries).toBe(Object.keys(run).filter((query) => !(query in qrels)).length);
    expect(unjudgedQueries).toBeGreaterThan(0);
    for (const [query, values] of Object.entries(golden.perQuery)) {
      for (const [index, name] of golden.measures.entries()) {
        const difference = Math.abs(perQuery.get(query)![index]! - values[index]!);
        expect({ query, name, close: difference < 1e-6 }).toEqual({ query, name, close: true });
      }
    }
  });

  test('means over the queries of the run, and over all judged ones', async () => {
    const answer = await measured;
    const inRun = meansOf(answer, answer.perQuery.keys());
    const complete = meansOf(answer, judgments.keys());
    for (const index of golden.measures.keys()) {
      expect(inRun[index]).toBeCloseTo(golden.means[index]!, 7);
      expect(complete[index]).toBeCloseTo(golden.meansComplete[index]!, 7);
    }
    expect(inRun).not.toEqual(complete);
  });
});
