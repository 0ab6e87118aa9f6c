/** What is done with a passage that does not fit together with its query. */
export const longPassagePolicies = ['truncate', 'chunk-max', 'chunk-mean-top-k', 'first-and-last'] as const;
/** What is read of a passage that does not fit together with its query; see `CrossEncoderOptions.longPassages`. */
export type LongPassagePolicy = (typeof longPassagePolicies)[number];

export interface LongPassageSettings {
  readonly longPassages: LongPassagePolicy;
  readonly chunkOverlap: number;
  readonly maxChunks: number;
  readonly topChunks: number;
}

/** Tokens of a passage that are read in one pair: ranges in ascending order. */
export type Piece = readonly (readonly [start: number, end: number])[];

/**
 * Splits a passage into the pieces that are read, one per pair. Chunks overlap by `chunkOverlap` tokens (by half a
 * chunk at most); the last one ends with the passage, and so is as long as the others.
 *
 * @param length tokens of the passage
 * @param room tokens that fit into one pair
 */
export function planPieces(length: number, room: number, settings: LongPassageSettings): readonly Piece[] {
  const { longPassages, chunkOverlap, maxChunks } = settings;
  if (length <= room) return [[[0, length]]];
  if (longPassages === 'truncate' || room < 2) return [[[0, Math.max(0, room)]]];
  if (longPassages === 'first-and-last') {
    const first = Math.ceil(room / 2);
    return [
      [
        [0, first],
        [length - (room - first), length],
      ],
    ];
  }
  const step = room - Math.min(chunkOverlap, Math.floor(room / 2));
  const count = Math.min(maxChunks, 1 + Math.ceil((length - room) / step));
  return Array.from({ length: count }, (_, index) => {
    const start = Math.min(index * step, length - room);
    return [[start, start + room]];
  });
}

/** How many tokens of a passage are in no piece. */
export function countUnread(length: number, pieces: readonly Piece[]): number {
  let read = 0;
  let end = 0;
  for (const [from, to] of pieces.flat()) {
    read += Math.max(0, to - Math.max(from, end));
    end = Math.max(end, to);
  }
  return length - read;
}

/** The scores of a passage's pieces → the passage's, and which piece is the best. */
export function combinePieces(
  rawScores: readonly number[],
  { longPassages, topChunks }: LongPassageSettings,
): { readonly rawScore: number; readonly best: number } {
  const order = rawScores.map((_, index) => index).sort((a, b) => rawScores[b]! - rawScores[a]! || a - b);
  const counted = longPassages === 'chunk-mean-top-k' ? order.slice(0, topChunks) : order.slice(0, 1);
  const rawScore = counted.reduce((sum, index) => sum + rawScores[index]!, 0) / counted.length;
  return { rawScore, best: order[0]! };
}
