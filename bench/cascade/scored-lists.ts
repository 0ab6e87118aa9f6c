import type { BiEncoder, Candidate, Reranker, Stage1Scores } from '@secondpass/core';
import { candidateLists } from '../precision/candidate-lists.ts';
import type { Collection } from '../precision/collection.ts';

/** A query's candidates in stage-1 order, and what both models make of them. */
export interface ScoredList {
  readonly query: string;
  readonly candidates: readonly Candidate[];
  readonly stage1: Stage1Scores;
  /** Passage id → gain. */
  readonly gains: ReadonlyMap<string, number>;
  readonly earlier: readonly number[];
  readonly later: readonly number[];
}

/** Stage 1's candidates of each query, all of them read by both models. */
export async function scoredLists(
  collection: Collection,
  {
    embedder,
    depth,
    models,
  }: {
    readonly embedder: BiEncoder;
    readonly depth: number;
    readonly models: { readonly earlier: Reranker; readonly later: Reranker };
  },
): Promise<readonly ScoredList[]> {
  const lists: ScoredList[] = [];
  for (const [position, candidates] of (await candidateLists(collection, embedder, depth)).entries()) {
    const { id, text: query } = collection.queries[position]!;
    const passages = candidates.map(({ text }) => text);
    const rawScores = async (model: Reranker) =>
      (await model.score({ query, passages })).map(({ rawScore }) => rawScore);
    lists.push({
      query,
      candidates,
      stage1: stage1Of(candidates, embedder),
      gains: collection.gains.get(id)!,
      earlier: await rawScores(models.earlier),
      later: await rawScores(models.later),
    });
  }
  return lists;
}

/** The candidates' cosines, as a pipeline gives them. */
export function stage1Of(candidates: readonly Candidate[], embedder: BiEncoder): Stage1Scores {
  return { scores: candidates.map(({ score }) => score), cosineOf: embedder.fingerprint };
}

/** Answers with the scores of a model that are known, by the passages' ids, and counts them. */
export function replayed(
  { name, defaultBlend }: Pick<Reranker, 'name' | 'defaultBlend'>,
  scores: ReadonlyMap<string, number>,
): Reranker & { count: number } {
  const reranker = {
    name,
    ...(defaultBlend && { defaultBlend }),
    count: 0,
    async score({ ids }: { readonly ids?: readonly string[] }) {
      reranker.count += ids!.length;
      return ids!.map((id) => ({ score: 0.5, rawScore: scores.get(id)!, tokensCut: 0 }));
    },
  };
  return reranker;
}
