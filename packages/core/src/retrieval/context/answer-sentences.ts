import { type CitationMark, citationMarks, withoutMarks } from './citation-marks.ts';
import type { TextSpan } from './context.ts';
import { notProse } from './not-prose.ts';

/** A sentence of an answer, its marks included, and what it cites. */
export interface AnswerSentence extends TextSpan {
  readonly text: string;
  /** In their order, each once. */
  readonly numbers: readonly number[];
}

/**
 * The sentences of an answer, by Unicode's rules (UAX #29), each line on its own. The answer is read as Markdown:
 * headings, blocks of code and lines without a letter are not sentences, and a number in brackets inside code is not
 * a mark. A mark right after a full stop belongs to the sentence before it, unless that has marks of its own.
 */
export function answerSentences(
  { answer, marks, lines }: ReadAnswer,
  locale?: string,
): readonly AnswerSentence[] {
  const masked = withMarksMasked(answer, marks);
  const segmenter = new Intl.Segmenter(locale, { granularity: 'sentence' });
  return lines.flatMap(({ start, end }) => {
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

/** Every number that an answer cites, anywhere outside headings and code. */
export function citedNumbers({ marks }: ReadAnswer): ReadonlySet<number> {
  return new Set(marks.flatMap(({ numbers }) => numbers));
}

/** An answer read as Markdown. */
export interface ReadAnswer {
  readonly answer: string;
  /** In their order. */
  readonly marks: readonly CitationMark[];
  /** Those with prose in them. */
  readonly lines: readonly TextSpan[];
}

export function readAnswer(answer: string): ReadAnswer {
  const { blocks, inline } = notProse(answer);
  const code = [...blocks, ...inline].sort((a, b) => a.start - b.start);
  const lines = [...answer.matchAll(/[^\n]+/g)].map(({ index, 0: line }) => ({
    start: index,
    end: index + line.length,
  }));
  return { answer, marks: apartFrom(code, citationMarks(answer)), lines: apartFrom(blocks, lines) };
}

/** The spans that overlap none of the others; both lists are in order. */
function apartFrom<S extends TextSpan>(others: readonly TextSpan[], spans: readonly S[]): readonly S[] {
  let next = 0;
  return spans.filter(({ start, end }) => {
    while (next < others.length && others[next]!.end <= start) next += 1;
    return next === others.length || others[next]!.start >= end;
  });
}

/**
 * The answer at the same length, with each citation mark replaced so that it ends no sentence: a mark right after a
 * full stop becomes spaces, any other becomes a word.
 */
function withMarksMasked(answer: string, marks: readonly CitationMark[]): string {
  let masked = '';
  let filler = 'X';
  for (const { start, end } of marks) {
    // A mark right after another one gets the same filler.
    if (start !== masked.length || start === 0) {
      masked += answer.slice(masked.length, start);
      filler = /[.!?。！？…]["”»)']{0,2}$/u.test(masked.slice(-3)) ? ' ' : 'X';
    }
    masked += filler.repeat(end - start);
  }
  return masked + answer.slice(masked.length);
}

/** Moves the boundary between two sentences after the marks at the start of the second. */
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
