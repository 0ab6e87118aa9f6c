import type { Candidate } from './candidate.ts';
import type { PassageScore } from './reranker.ts';

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
  readonly candidate: Candidate;
}

export interface Timings {
  readonly embedMs: number;
  readonly searchMs: number;
  readonly rerankMs: number;
  readonly totalMs: number;
}

/** Why the answer is less than what was asked for. */
export interface Degradation {
  readonly stage: 'rerank';
  readonly reason: string;
}

/** The answer to one query. */
export interface Ranking {
  readonly query: string;
  /** At most `topK`, best first. Equal scores keep their stage-1 order. */
  readonly hits: readonly Hit[];
  /** How many candidates stage 1 returned: at most `depth`. */
  readonly candidateCount: number;
  /** The source's name. */
  readonly retrievedBy: string;
  /** The reranker's name, or `null` when the hits are in stage-1 order. */
  readonly rerankedBy: string | null;
  readonly degraded?: Degradation;
  readonly timings: Timings;
}

/** Orders candidates by raw score, ties by stage-1 rank, and cuts to `topK`. The inputs are left as they are. */
export function rank(
  candidates: readonly Candidate[],
  scores: readonly PassageScore[],
  topK: number,
): readonly Hit[] {
  return candidates
    .map((candidate, index) => ({ candidate, scored: scores[index]! }))
    .sort((a, b) => b.scored.rawScore - a.scored.rawScore || a.candidate.rank - b.candidate.rank)
    .slice(0, topK)
    .map(({ candidate, scored: { score, rawScore, tokensCut } }, index) => ({
      rank: index + 1,
      score,
      rawScore,
      ...(tokensCut > 0 && { tokensCut }),
      candidate,
    }));
}

/** The best `topK` candidates in stage-1 order, as hits. */
export function keepStage1Order(candidates: readonly Candidate[], topK: number): readonly Hit[] {
  return candidates
    .slice(0, topK)
    .map((candidate, index) => ({ rank: index + 1, score: candidate.score, candidate }));
}
