import { type CitationMark, citationMarks, withoutMarks } from './citation-marks.ts';
import type { TextSpan } from './context.ts';

/** A sentence of an answer, its marks included, and what it cites. */
export interface AnswerSentence extends TextSpan {
  readonly text: string;
  /** In their order, each once. */
  readonly numbers: readonly number[];
}

/**
 * The sentences of an answer, by Unicode's rules (UAX #29), each line on its own. Headings, blocks of code and lines without a
 * letter are none. A mark right after a full stop belongs to the sentence before it, unless that has marks of its own.
 */
export function answerSentences(answer: string, locale?: string): readonly AnswerSentence[] {
  const marks = citationMarks(answer);
  const masked = withMarksMasked(answer, marks);
  const segmenter = new Intl.Segmenter(locale, { granularity: 'sentence' });
  return proseLines(answer).flatMap(({ start, end }) => {
    const spans = [...segmenter.segment(masked.slice(start, end))].map(({ index, segment }) => ({
      start: start + index,
      end: start + index + segment.length,
    }));
    return ownMarks(spans, marks, answer).flatMap((span) => {
      const text = answer.slice(span.start, span.end).trim();
      const inside = marks.filter((one) => one.start >= span.start && one.end <= span.end);
      if (!/\p{L}/u.test(withoutMarks(text))) return [];
      return [{ ...span, text, numbers: [...new Set(inside.flatMap(({ numbers }) => numbers))] }];
    });
  });
}

/** Every number that an answer cites, wherever outside headings and code. */
export function citedNumbers(answer: string): ReadonlySet<number> {
  const lines = proseLines(answer).map(({ start, end }) => answer.slice(start, end));
  return new Set(lines.flatMap(citationMarks).flatMap(({ numbers }) => numbers));
}

/**
 * The answer, character for character, with marks that do not end sentences: one that follows a full stop at once is
 * written as spaces, and any other as a word.
 */
function withMarksMasked(answer: string, marks: readonly CitationMark[]): string {
  let masked = '';
  let filler = 'X';
  for (const { start, end } of marks) {
    // A mark right behind another one goes where that went.
    if (start !== masked.length || start === 0) {
      masked += answer.slice(masked.length, start);
      filler = /[.!?。！？…]["”»)']{0,2}$/u.test(masked.slice(-3)) ? ' ' : 'X';
    }
    masked += filler.repeat(end - start);
  }
  return masked + answer.slice(masked.length);
}

/** Moves the border between two sentences behind the marks that the second begins with. */
function ownMarks(spans: readonly TextSpan[], marks: readonly CitationMark[], answer: string): TextSpan[] {
  const moved: TextSpan[] = [];
  for (const span of spans) {
    const before = moved.at(-1);
    let { start } = span;
    const cites = before && marks.some((one) => one.start >= before.start && one.end <= before.end);
    const rest = answer.slice(span.start, span.end);
    if (before && (!cites || !/\p{L}/u.test(rest))) {
      for (const one of marks) {
        if (one.start >= start && one.end <= span.end && answer.slice(start, one.start).trim() === '') {
          start = one.end;
        }
      }
      if (start > span.start) moved[moved.length - 1] = { start: before.start, end: start };
    }
    if (start < span.end) moved.push({ start, end: span.end });
  }
  return moved;
}

function proseLines(answer: string): readonly TextSpan[] {
  let inCode = false;
  return [...answer.matchAll(/[^\n]+/g)].flatMap(({ index, 0: line }) => {
    const isFence = /^\s*(?:```|~~~)/.test(line);
    if (isFence) inCode = !inCode;
    if (isFence || inCode || /^\s*#{1,6}\s/.test(line)) return [];
    return [{ start: index, end: index + line.length }];
  });
}
