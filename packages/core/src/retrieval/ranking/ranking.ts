import type { Candidate, Payload } from '../seams/candidate.ts';
import type { Degradation } from '../seams/degradation.ts';
import type { PassageChunk, PassageScore } from '../seams/reranker.ts';
import { checkRanked } from './check-ranked.ts';
import { checkRankOptions, type RankOptions, scaleScores } from './rank-options.ts';
import { blendTiers, compareScored } from './tiers.ts';

/** One line of the answer: final rank and scores, and the candidate as stage 1 left it. */
export interface Hit<P extends object = Payload> {
  /** 1 is best, no gaps. `candidate.rank − rank` is how far the hit rose. */
  readonly rank: number;
  /** Stage 2's relevance in [0, 1]; if a failure left stage 1's order, the candidate's own score. */
  readonly score: number;
  /** Stage 2's number on the model's scale; absent when stage 2 did not score the hit. */
  readonly rawScore?: number;
  /** The blended score that the hit was ordered by; absent without a blend. */
  readonly blended?: number;
  /** In a cascade, which model read it last; see `PassageScore.cascadeStage`. */
  readonly cascadeStage?: number;
  /** Tokens of the passage that stage 2 did not read; absent when it read all. */
  readonly tokensCut?: number;
  /** Tokens of the query that stage 2 did not read; absent when it read all. */
  readonly queryTokensCut?: number;
  /** The best part of a passage that stage 2 read in parts. */
  readonly chunk?: PassageChunk;
  readonly candidate: Candidate<P>;
}

/** Wall-clock times of one answer, in milliseconds, rounded to hundredths. */
export interface Timings {
  /** Query → vector; 0 if the source reads text. */
  readonly embedMs: number;
  /** Stage 1. */
  readonly searchMs: number;
  /** Stage 2; 0 in shadow mode, which reranks after the answer. */
  readonly rerankMs: number;
  /** From the call to the answer, the time between the stages included. */
  readonly totalMs: number;
}

/** The answer to one query. */
export interface Ranking<P extends object = Payload> {
  readonly query: string;
  /** At most `topK`, best first. Equal scores keep their stage-1 order. */
  readonly hits: readonly Hit<P>[];
  /** How many candidates stage 1 returned: at most `depth`. */
  readonly candidateCount: number;
  /** How many of them `minScore` left out; absent without `minScore`, and if a failure left stage 1's order. */
  readonly belowMinScore?: number;
  /**
   * The weight of stage 1 that the hits were ordered by, the caller's or the reranker's own
   * (`Reranker.defaultBlend`); absent if one stage alone ordered them. In a cascade, that of the model that read the best
   * hits.
   */
  readonly blend?: number;
  /** The source's name. */
  readonly retrievedBy: string;
  /** The reranker's name, or `null` when the hits are in stage-1 order: after a failure (see `degraded`) or in shadow mode. */
  readonly rerankedBy: string | null;
  /** Absent from a full answer. If several stages gave less: the first of them, and all reasons. */
  readonly degraded?: Degradation;
  readonly timings: Timings;
}

/**
 * Orders candidates by tier, then raw score (or both stages' scores blended), ties by stage-1 rank, and cuts to `topK`.
 * Those that stage 2 did not score (`null`) come below all that it did, in stage-1 order and with their stage-1 score.
 * The inputs are left as they are.
 *
 * @param topK hits returned at most, from 1
 * @throws RetrievalError `invalid-options`
 *
 * @example
 * import { rank } from '@secondpass/core';
 * const candidates = ['a', 'b'].map((id, index) => ({ id, text: id, score: 1 - index, rank: index + 1 }));
 * const scores = [1, 3].map((rawScore) => ({ rawScore, score: 1 / (1 + Math.exp(-rawScore)), tokensCut: 0 }));
 * rank(candidates, scores, 1).map((hit) => hit.candidate.id); // → [ 'b' ]
 */
export function rank<P extends object = Payload>(
  candidates: readonly Candidate<P>[],
  scores: readonly (PassageScore | null)[],
  topK: number,
  options: RankOptions = {},
): readonly Hit<P>[] {
  checkRankOptions(options, 'rank');
  checkRanked(candidates, scores, topK);
  const normalized = scaleScores(scores, options.scoreScaling);
  const blended = blendTiers(
    candidates.map(({ score }) => score),
    scores,
    options.blend,
  );
  return candidates
    .map((candidate, index) => ({ candidate, scored: normalized[index]!, blended: blended.get(index) }))
    .filter(({ scored }) => reaches(scored, options.minScore))
    .sort((a, b) => compareScored(a, b) || a.candidate.rank - b.candidate.rank)
    .slice(0, topK)
    .map(({ candidate, scored, blended: value }, index) => ({
      rank: index + 1,
      score: scored?.score ?? candidate.score,
      ...(scored && { rawScore: scored.rawScore }),
      ...(value !== undefined && { blended: value }),
      ...(scored?.cascadeStage !== undefined && { cascadeStage: scored.cascadeStage }),
      ...(scored && scored.tokensCut > 0 && { tokensCut: scored.tokensCut }),
      ...(scored?.queryTokensCut && { queryTokensCut: scored.queryTokensCut }),
      ...(scored?.chunk && { chunk: scored.chunk }),
      candidate,
    }));
}

/** How many candidates `minScore` leaves out. */
export function countBelow(
  scores: readonly (PassageScore | null)[],
  { minScore, scoreScaling }: RankOptions,
): number {
  return scaleScores(scores, scoreScaling).filter((score) => !reaches(score, minScore)).length;
}

function reaches(score: PassageScore | null, minScore: number | undefined): boolean {
  return minScore === undefined || (score !== null && score.score >= minScore);
}

/** The best `topK` candidates in stage-1 order, as hits. */
export function keepStage1Order(candidates: readonly Candidate[], topK: number): readonly Hit[] {
  return candidates
    .slice(0, topK)
    .map((candidate, index) => ({ rank: index + 1, score: candidate.score, candidate }));
}
