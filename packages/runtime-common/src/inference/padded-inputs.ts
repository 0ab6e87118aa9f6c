import type { TokenSequence } from '@secondpass/core/runtime';

export interface PaddedInputs {
  /** Sequences, and tokens of the longest. */
  readonly dims: readonly [number, number];
  /** Row-major int64 by input name. */
  readonly inputs: Readonly<Record<string, BigInt64Array>>;
}

export interface PaddingSettings {
  readonly paddingSide: 'left' | 'right';
  /** Position of a sequence's first token. */
  readonly firstPosition: number;
}

/**
 * A batch as a graph reads it, padded to the longest sequence with token 0; the mask keeps padding out of every sum, so
 * its id does not matter.
 */
export function padInputs(
  sequences: readonly TokenSequence[],
  { paddingSide, firstPosition }: PaddingSettings,
): PaddedInputs {
  const rows = sequences.length;
  const columns = Math.max(...sequences.map(({ ids }) => ids.length));
  const [ids, types, mask, positions] = Array.from({ length: 4 }, () => new LowWords(rows * columns));
  // If the first position is not 0, padding must also get a position that the table has.
  if (firstPosition > 0) positions!.fill(firstPosition);
  for (const [row, sequence] of sequences.entries()) {
    const { length } = sequence.ids;
    const start = row * columns + (paddingSide === 'left' ? columns - length : 0);
    const attended = sequence.attended ?? length;
    let position = firstPosition;
    for (let column = 0; column < length; column += 1) {
      const at = start + column;
      const id = sequence.ids[column]!;
      ids!.set(at, id);
      types!.set(at, sequence.typeIds[column]!);
      if (column < attended) mask!.set(at, 1);
      // RoBERTa's family counts from its padding id + 1, and a padding token in the text does not advance the
      // position.
      const counts = id !== firstPosition - 1;
      positions!.set(at, counts ? position : firstPosition - 1);
      if (counts) position += 1;
    }
  }
  const inputs = {
    input_ids: ids!.values,
    attention_mask: mask!.values,
    token_type_ids: types!.values,
    position_ids: positions!.values,
  };
  return { dims: [rows, columns], inputs };
}

const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Numbers from 0 to 2³¹ − 1 as int64, written without a BigInt for each: the high word of such a number is 0. */
class LowWords {
  readonly values: BigInt64Array<ArrayBuffer>;
  readonly #words: Int32Array;

  constructor(length: number) {
    this.values = new BigInt64Array(length);
    this.#words = new Int32Array(this.values.buffer);
  }

  set(index: number, value: number): void {
    this.#words[2 * index + (littleEndian ? 0 : 1)] = value;
  }

  fill(value: number): void {
    this.values.fill(BigInt(value));
  }
}
