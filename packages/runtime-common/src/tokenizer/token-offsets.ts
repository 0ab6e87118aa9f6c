import type { TokenOffsets } from '@secondpass/core/runtime';

/**
 * Offsets in Unicode characters, as Hugging Face's library counts, → offsets in the code units of a JavaScript string.
 *
 * @param offsets start and end of each token, in characters
 */
export function toCodeUnits(
  text: string,
  offsets: readonly (readonly number[])[],
): Omit<TokenOffsets, 'ids'> {
  const starts = new Int32Array(offsets.length);
  const ends = new Int32Array(offsets.length);
  const codeUnitOf = codeUnits(text);
  for (const [index, [start, end]] of offsets.entries()) {
    starts[index] = codeUnitOf(start!);
    ends[index] = codeUnitOf(end!);
  }
  return { starts, ends };
}

function codeUnits(text: string): (character: number) => number {
  // Without surrogates, both counts are the same.
  if (!/[\ud800-\udfff]/.test(text)) return (character) => character;
  const positions = new Int32Array(text.length + 1);
  let characters = 0;
  let codeUnit = 0;
  for (const character of text) {
    positions[characters] = codeUnit;
    characters += 1;
    codeUnit += character.length;
  }
  positions[characters] = codeUnit;
  return (character) => positions[character]!;
}
