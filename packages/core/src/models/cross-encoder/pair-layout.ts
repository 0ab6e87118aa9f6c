import type { AskedBy } from '../../foundation/asked-by.ts';
import { concatenate, type TokenSequence } from '../runtime/token-sequence.ts';
import type { Piece } from './long-passages.ts';

/** A pair without its passage. */
export interface PairFrame {
  readonly before: TokenSequence;
  readonly after: TokenSequence;
  readonly passageTypeId: number;
}

/** A pair with its whole passage, before it is cut. */
export interface UncutPair extends PairFrame {
  readonly passage: Int32Array;
  /** Where each token was read: UTF-16 offsets in the passage. */
  locate(): Promise<{ readonly starts: ArrayLike<number>; readonly ends: ArrayLike<number> }>;
}

/** How a model's pairs are laid out. */
export interface PairLayout {
  /**
   * The pairs of one query, in input order; all have the same query, cut if it would leave no room for the passages.
   */
  layOut(
    query: string,
    passages: readonly string[],
    signal?: AbortSignal,
    askedBy?: AskedBy,
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
