import type { Candidate } from './candidate.ts';
import type { Degradation } from './degradation.ts';
import { checkRankOptions, normaliseScores, type RankOptions } from './rank-options.ts';
import type { PassageChunk, PassageScore } from './reranker.ts';

/** One line of the answer: final rank and scores, and the candidate as stage 1 left it. */
export interface Hit {
  /** 1 is best, no gaps. `candidate.rank − rank` is how far the hit rose. */
  readonly rank: number;
  /** Stage 2's relevance in [0, 1]; in a stage-1 order that a failure left, the candidate's own score. */
  readonly score: number;
  /** Stage 2's number on the model's scale; absent when stage 2 did not score the hit. */
  readonly rawScore?: number;
  /** Tokens of the passage that stage 2 did not read; absent when it read all. */
  readonly tokensCut?: number;
  /** Tokens of the query that stage 2 did not read; absent when it read all. */
  readonly queryTokensCut?: number;
  /** The best part of a passage that stage 2 read in parts. */
  readonly chunk?: PassageChunk;
  readonly candidate: Candidate;
}

export interface Timings {
  readonly embedMs: number;
  readonly searchMs: number;
  readonly rerankMs: number;
  readonly totalMs: number;
}

/** The answer to one query. */
export interface Ranking {
  readonly query: string;
  /** At most `topK`, best first. Equal scores keep their stage-1 order. */
  readonly hits: readonly Hit[];
  /** How many candidates stage 1 returned: at most `depth`. */
  readonly candidateCount: number;
  /** How many of them `minScore` left out; absent when none was asked for, and in a stage-1 order that a failure left. */
  readonly belowMinScore?: number;
  /** The source's name. */
  readonly retrievedBy: string;
  /** The reranker's name, or `null` when the hits are in stage-1 order. */
  readonly rerankedBy: string | null;
  readonly degraded?: Degradation;
  readonly timings: Timings;
}

/**
 * Orders candidates by tier, then raw score, ties by stage-1 rank, and cuts to `topK`. Those that stage 2 did not score (`null`)
 * come below all that it did, in stage-1 order and with their stage-1 score. The inputs are left as they are.
 *
 * @throws RetrievalError `invalid-options`
 */
export function rank(
  candidates: readonly Candidate[],
  scores: readonly (PassageScore | null)[],
  topK: number,
  options: RankOptions = {},
): readonly Hit[] {
  checkRankOptions(options, 'rank');
  const normalised = normaliseScores(scores, options.normalise);
  return candidates
    .map((candidate, index) => ({ candidate, scored: normalised[index]! }))
    .filter(({ scored }) => reaches(scored, options.minScore))
    .sort((a, b) => compareScored(a.scored, b.scored) || a.candidate.rank - b.candidate.rank)
    .slice(0, topK)
    .map(({ candidate, scored }, index) => ({
      rank: index + 1,
      score: scored?.score ?? candidate.score,
      ...(scored && { rawScore: scored.rawScore }),
      ...(scored && scored.tokensCut > 0 && { tokensCut: scored.tokensCut }),
      ...(scored?.queryTokensCut && { queryTokensCut: scored.queryTokensCut }),
      ...(scored?.chunk && { chunk: scored.chunk }),
      candidate,
    }));
}

/** How many candidates `minScore` leaves out. */
export function countBelow(
  scores: readonly (PassageScore | null)[],
  { minScore, normalise }: RankOptions,
): number {
  return normaliseScores(scores, normalise).filter((score) => !reaches(score, minScore)).length;
}

function reaches(score: PassageScore | null, minScore: number | undefined): boolean {
  return minScore === undefined || (score !== null && score.score >= minScore);
}

function compareScored(a: PassageScore | null, b: PassageScore | null): number {
  if (a && b) return (b.tier ?? 0) - (a.tier ?? 0) || b.rawScore - a.rawScore;
  return Number(b !== null) - Number(a !== null);
}

/** The best `topK` candidates in stage-1 order, as hits. */
export function keepStage1Order(candidates: readonly Candidate[], topK: number): readonly Hit[] {
  return candidates
    .slice(0, topK)
    .map((candidate, index) => ({ rank: index + 1, score: candidate.score, candidate }));
}
