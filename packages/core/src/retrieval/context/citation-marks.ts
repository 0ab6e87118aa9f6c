import type { TextSpan } from './context.ts';

/** One mark of an answer and the numbers in it, each once. */
export interface CitationMark extends TextSpan {
  readonly numbers: readonly number[];
}

/** [1], [1, 2], [1-3], [^1] and the wide brackets that some models write: 【1】, 【1†source】. */
const mark = /[[【［]\s*\^?(\d{1,6}(?:\s*[,;–-]\s*\d{1,6})*)\s*(?:†[^\]】］\n]*)?[\]】］]/g;

/** A longer range counts as its two ends only. */
const longestRange = 100;

/** Every citation of an answer, in its order. */
export function citationMarks(answer: string): readonly CitationMark[] {
  return [...answer.matchAll(mark)].map(({ index, 0: whole, 1: inside }) => ({
    start: index,
    end: index + whole.length,
    numbers: [...new Set(inside!.split(/[,;]/).flatMap(numbersOf))],
  }));
}

/** A text without its citations. */
export function withoutMarks(text: string): string {
  return text.replace(mark, ' ');
}

function numbersOf(part: string): readonly number[] {
  const ends = part.split(/[–-]/).map(Number);
  const [first, last] = ends;
  if (ends.length !== 2 || last! < first! || last! - first! >= longestRange) return ends;
  return Array.from({ length: last! - first! + 1 }, (_, offset) => first! + offset);
}
