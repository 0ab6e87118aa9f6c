import type { BiEncoder, Reranker } from '@secondpass/core';
import { candidateLists } from '../precision/candidate-lists.ts';
import type { Collection } from '../precision/collection.ts';

/** A query's candidates in stage-1 order, and what both models make of them. */
export interface ScoredList {
  readonly query: string;
  readonly ids: readonly string[];
  readonly texts: readonly string[];
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
  for (const [position, list] of (await candidateLists(collection, embedder, depth)).entries()) {
    const { id, text: query } = collection.queries[position]!;
    const texts = list.map((index) => collection.passages[index]!.text);
    const rawScores = async (model: Reranker) =>
      (await model.score({ query, passages: texts })).map(({ rawScore }) => rawScore);
    lists.push({
      query,
      ids: list.map((index) => collection.passages[index]!.id),
      texts,
      gains: collection.gains.get(id)!,
      earlier: await rawScores(models.earlier),
      later: await rawScores(models.later),
    });
  }
  return lists;
}

/** Answers with scores that are known, by the passages' ids, and counts them. */
export function replayed(name: string, scores: ReadonlyMap<string, number>): Reranker & { count: number } {
  const reranker = {
    name,
    count: 0,
    async score({ ids }: { readonly ids?: readonly string[] }) {
      reranker.count += ids!.length;
      return ids!.map((id) => ({ score: 0.5, rawScore: scores.get(id)!, tokensCut: 0 }));
    },
  };
  return reranker;
}
