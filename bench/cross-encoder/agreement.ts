import { kendallTau } from '../precision/order-agreement.ts';
import type { Scored } from './processes/answer-lines.ts';

/** Largest difference of a score at which a contender at fp32 counts as doing the same work. */
export const tolerance = 1e-3;

export interface Agreement {
  /** Largest difference to ours, of logits, or of probabilities where a contender gives only these. */
  readonly largestDifference: number;
  /** Kendall's τ of the order against ours at the same precision. */
  readonly tauToOurs: number;
  /** Kendall's τ of the order against ours at fp32, where that was measured. */
  readonly tauToFp32?: number;
}

/** @throws Error when a contender gives another number of scores, or one that is no number */
export function compareScores(theirs: Scored, ours: Scored, oursFp32?: Scored): Agreement {
  if (theirs.scores.length !== ours.scores.length || !theirs.scores.every(Number.isFinite)) {
    throw new Error(
      `it gave ${theirs.scores.filter(Number.isFinite).length} scores for ${ours.scores.length} passages`,
    );
  }
  const scale = theirs.scale === 'probability' ? sigmoid : (logit: number) => logit;
  const apart = theirs.scores.map((score, index) => Math.abs(score - scale(ours.scores[index]!)));
  return {
    largestDifference: Math.max(...apart),
    tauToOurs: kendallTau(theirs.scores, ours.scores),
    ...(oursFp32 && { tauToFp32: kendallTau(theirs.scores, oursFp32.scores) }),
  };
}

function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}
