import { concatenate, type TokenSequence } from '../runtime/token-sequence.ts';
import type { Piece } from './long-passages.ts';

/** Everything of a pair but its passage. */
export interface PairFrame {
  readonly before: TokenSequence;
  readonly after: TokenSequence;
  readonly passageTypeId: number;
}

/** A pair before anything of its passage is cut. */
export interface UncutPair extends PairFrame {
  readonly passage: Int32Array;
  /** Where each token was read: UTF-16 offsets in the passage. */
  locate(): Promise<{ readonly starts: ArrayLike<number>; readonly ends: ArrayLike<number> }>;
}

/** How a model wants its pairs written. */
export interface PairLayout {
  /** The pairs of one query, in input order; all have the same query, cut where it would leave its passages no room. */
  layOut(
    query: string,
    passages: readonly string[],
    signal?: AbortSignal,
  ): Promise<{ readonly pairs: readonly UncutPair[]; readonly queryTokensCut: number }>;
}

/** A frame with a piece of a passage in it. */
export function joinPair(frame: PairFrame, passage: Int32Array, piece: Piece): TokenSequence {
  const parts = piece.map(([start, end]) => ({
    ids: passage.subarray(start, end),
    typeIds: new Int32Array(end - start).fill(frame.passageTypeId),
  }));
  return concatenate([frame.before, ...parts, frame.after]);
}
