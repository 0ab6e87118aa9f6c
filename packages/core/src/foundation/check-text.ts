import { RetrievalError, type RetrievalErrorCode } from './retrieval-error.ts';

/** Longest query accepted, in UTF-16 code units: far above any model's limit, far below what stalls a tokenizer. */
export const longestQuery = 32_768;

/** Longest passage accepted, in UTF-16 code units. A longer one belongs split into passages. */
export const longestPassage = 262_144;

/** @throws RetrievalError `invalid-query` unless the query is a non-blank, well-formed string of at most {@link longestQuery} */
export function checkQuery(query: unknown, origin: string): asserts query is string {
  checkText({
    code: 'invalid-query',
    origin,
    what: 'The query',
    text: query,
    longest: longestQuery,
    tooLong: 'Ask in fewer words; a document belongs in the index, not in the query.',
  });
}

/**
 * @throws RetrievalError `invalid-passage`, naming the position of the first passage that is not a non-blank,
 * well-formed string of at most {@link longestPassage}
 */
export function checkPassages(passages: unknown, origin: string): asserts passages is readonly string[] {
  if (!Array.isArray(passages)) {
    throw new RetrievalError({
      code: 'invalid-passage',
      origin,
      problem: `passages is ${passages === null ? 'null' : typeof passages}, not an array.`,
      nextStep: 'Pass an array of strings.',
    });
  }
  for (let index = 0; index < passages.length; index += 1) {
    checkPassage('invalid-passage', origin, `passages[${index}]`, passages[index]);
  }
}

/** Whether {@link checkPassages} takes the text. */
export function isReadable(text: unknown): text is string {
  return typeof text === 'string' && text.length <= longestPassage && text.trim() !== '' && isStorable(text);
}

/** Whether every database can hold the text. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

/** @throws RetrievalError with the code given, unless the text is one that {@link checkPassages} takes */
export function checkPassage(code: RetrievalErrorCode, origin: string, what: string, text: unknown): void {
  const tooLong = 'Split it into passages of a few hundred words.';
  checkText({ code, origin, what, text, longest: longestPassage, tooLong });
}

interface TextCheck {
  readonly code: RetrievalErrorCode;
  readonly origin: string;
  readonly what: string;
  readonly text: unknown;
  readonly longest: number;
  readonly tooLong: string;
}

function checkText({ code, origin, what, text, longest, tooLong }: TextCheck): void {
  const refuse = (problem: string, nextStep: string): never => {
    throw new RetrievalError({ code, origin, problem: `${what} ${problem}.`, nextStep });
  };
  if (typeof text !== 'string') {
    return refuse(`is ${text === null ? 'null' : typeof text}, not a string`, 'Pass a string.');
  }
  if (text.length > longest) {
    return refuse(
      `is ${text.length.toLocaleString('en')} characters long, above the limit of ${longest.toLocaleString('en')}`,
      tooLong,
    );
  }
  if (text.trim() === '') return refuse('is empty', 'Pass text with at least one visible character.');
  if (text.includes('\0'))
    return refuse('contains a NUL character', 'Remove U+0000; databases cannot store it.');
  if (!text.isWellFormed()) {
    return refuse('contains a lone surrogate', 'Repair the text, for example with text.toWellFormed().');
  }
}
