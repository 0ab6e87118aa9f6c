import type { Candidate, CrossEncoder, PassageScore } from '@secondpass/core';
import type { Collection } from './collection.ts';
import { kendallTau, mean, ndcgAt10 } from './order-agreement.ts';
import { rankedIds } from './ranked-ids.ts';

/** Of the one model and of the other. */
type Both = readonly [number, number];

/** Means over a collection's queries. */
export interface PrecisionRow {
  readonly collection: string;
  readonly queries: number;
  readonly stage1: number;
  readonly ndcg: Both;
  /** nDCG@10 with stage 1's weight. */
  readonly blended: Both;
  readonly kendallTau: number;
  readonly largestDifference: number;
  readonly meanMs: Both;
}

/** Both models on the same candidates of each query. */
export async function comparePrecisions({
  collection,
  lists,
  models,
  blend,
}: {
  readonly collection: Collection;
  /** The candidates of each query, in the order of the queries. */
  readonly lists: readonly (readonly Candidate[])[];
  readonly models: readonly [CrossEncoder, CrossEncoder];
  /** Stage 1's weight. */
  readonly blend: number;
}): Promise<PrecisionRow> {
  const perQuery: Omit<PrecisionRow, 'collection' | 'queries'>[] = [];
  for (const [position, candidates] of lists.entries()) {
    const { id, text: query } = collection.queries[position]!;
    const gains = collection.gains.get(id)!;
    const passages = candidates.map(({ text }) => text);
    const [a, b] = [await timed(models[0], query, passages), await timed(models[1], query, passages)];
    const ndcg = (scores: readonly PassageScore[], weight: number) =>
      ndcgAt10(rankedIds(candidates, scores, weight), gains);
    const [rawA, rawB] = [rawScores(a.scores), rawScores(b.scores)];
    const order = candidates.map((candidate) => candidate.id);
    perQuery.push({
      stage1: ndcgAt10(order, gains),
      ndcg: [ndcg(a.scores, 0), ndcg(b.scores, 0)],
      blended: [ndcg(a.scores, blend), ndcg(b.scores, blend)],
      kendallTau: kendallTau(rawA, rawB),
      largestDifference: Math.max(...rawA.map((score, index) => Math.abs(score - rawB[index]!))),
      meanMs: [a.milliseconds, b.milliseconds],
    });
  }
  const meanOf = (read: (one: (typeof perQuery)[number]) => number) => mean(perQuery.map(read));
  const means = (key: 'ndcg' | 'blended' | 'meanMs'): Both => [
    meanOf((one) => one[key][0]),
    meanOf((one) => one[key][1]),
  ];
  return {
    collection: collection.name,
    queries: perQuery.length,
    stage1: meanOf((one) => one.stage1),
    ndcg: means('ndcg'),
    blended: means('blended'),
    kendallTau: meanOf((one) => one.kendallTau),
    largestDifference: Math.max(...perQuery.map((one) => one.largestDifference)),
    meanMs: means('meanMs'),
  };
}

async function timed(model: CrossEncoder, query: string, passages: readonly string[]) {
  const started = performance.now();
  const scores = await model.score({ query, passages });
  return { scores, milliseconds: performance.now() - started };
}

function rawScores(scores: readonly PassageScore[]): number[] {
  return scores.map(({ rawScore }) => rawScore);
}
