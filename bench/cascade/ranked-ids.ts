import { type PassageScore, rank } from '@secondpass/core';

/** The ids as `rank()` orders them. */
export function rankedIds(ids: readonly string[], scores: readonly PassageScore[]): string[] {
  const candidates = ids.map((id, index) => ({ id, text: id, score: -index, rank: index + 1 }));
  return rank(candidates, scores, ids.length).map(({ candidate }) => candidate.id);
}
