import { type Candidate, type PassageScore, rank } from '@secondpass/core';

/** The candidates' ids as `rank()` orders them; `blend` is the weight of stage 1, by default what the scores bring. */
export function rankedIds(
  candidates: readonly Candidate[],
  scores: readonly PassageScore[],
  blend?: number,
): string[] {
  return rank(candidates, scores, candidates.length, blend === undefined ? {} : { blend }).map(
    ({ candidate }) => candidate.id,
  );
}
