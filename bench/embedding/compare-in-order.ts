import type { BiEncoder, Candidate } from '@secondpass/core';
import { compareRuns, meansOf, measureRun, parseMeasure } from '@secondpass/evaluation';
import { candidateLists, passageVectors } from '../precision/candidate-lists.ts';
import type { Collection } from '../precision/collection.ts';
import { mean } from '../precision/order-agreement.ts';

/** One model at two precisions. */
export interface EmbedderPair {
  readonly fp32: BiEncoder;
  readonly int8: BiEncoder;
}

/** Both in int8; or queries in int8 over passages in fp32. */
interface BothWays {
  readonly int8: number;
  readonly mixed: number;
}

export interface OrderRow {
  readonly collection: string;
  readonly passages: number;
  readonly queries: number;
  readonly ndcg: BothWays & { readonly fp32: number };
  /** Two-sided paired randomization test of int8's nDCG@10 against that of fp32. */
  readonly pValue: number;
  /** Share of fp32's 10, and 100, nearest passages that are among the 10, and 100, nearest. */
  readonly found10: BothWays;
  readonly found100: BothWays;
  /** Between a passage's vector in int8 and in fp32. */
  readonly cosines: { readonly least: number; readonly mean: number };
}

const depth = 100;

/** Searches every query exactly, three times. */
export async function compareInOrder(
  collection: Collection,
  { fp32, int8 }: EmbedderPair,
): Promise<OrderRow> {
  const lists = {
    fp32: await candidateLists(collection, fp32, depth),
    int8: await candidateLists(collection, int8, depth),
    mixed: await candidateLists(collection, int8, depth, fp32),
  };
  const found = (count: number, name: keyof BothWays) =>
    mean(
      lists[name].map((list, query) => {
        const nearest = new Set(lists.fp32[query]!.slice(0, count).map(({ id }) => id));
        return list.slice(0, count).filter(({ id }) => nearest.has(id)).length / nearest.size;
      }),
    );
  const bothWays = (count: number): BothWays => ({
    int8: found(count, 'int8'),
    mixed: found(count, 'mixed'),
  });
  const queries = collection.queries.map(({ id }) => id);
  const runOf = (ranked: readonly (readonly Candidate[])[]) =>
    measureRun(
      ranked.map((list, query) => ({
        query: queries[query]!,
        ranking: list.map(({ id, rank }) => ({ id, score: depth - rank })),
      })),
      collection.gains,
      [parseMeasure('ndcg_cut_10')],
    );
  const runs = {
    fp32: await runOf(lists.fp32),
    int8: await runOf(lists.int8),
    mixed: await runOf(lists.mixed),
  };
  const ndcg = (run: keyof typeof runs) => meansOf(runs[run], queries)[0]!;
  const [compared] = await compareRuns({ baseline: runs.fp32, run: runs.int8, queries });
  const cosines = cosinesOf(
    await passageVectors(collection, fp32),
    await passageVectors(collection, int8),
    fp32.dimensions,
  );
  return {
    collection: collection.name,
    passages: collection.passages.length,
    queries: queries.length,
    ndcg: { fp32: ndcg('fp32'), int8: ndcg('int8'), mixed: ndcg('mixed') },
    pValue: compared!.pValue,
    found10: bothWays(10),
    found100: bothWays(100),
    cosines: { least: Math.min(...cosines), mean: mean(cosines) },
  };
}

/** Of vectors of length 1 that lie one after the other. */
function cosinesOf(a: Float32Array, b: Float32Array, dimensions: number): number[] {
  return Array.from({ length: a.length / dimensions }, (_, row) => {
    let sum = 0;
    for (let at = row * dimensions; at < (row + 1) * dimensions; at += 1) sum += a[at]! * b[at]!;
    return sum;
  });
}
