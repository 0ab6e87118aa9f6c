import { describeValue } from './describe-value.ts';
import { RetrievalError, type RetrievalErrorCode } from './retrieval-error.ts';

/** Longest query accepted, in UTF-16 code units: far above any model's limit, far below what stalls a tokenizer. */
export const longestQuery = 32_768;

/** Longest text that is stored as one passage, in UTF-16 code units. Of a longer text, models read only this much. */
export const longestPassage = 262_144;

/**
 * A query is a string with a visible character, well-formed, of at most 32,768 UTF-16 code units.
 *
 * @throws RetrievalError `invalid-query` unless the query is a non-blank, well-formed string of at most {@link longestQuery}
 *
 * @example
 * import { checkQuery } from '@secondpass/core/extend';
 * const query: unknown = 'why does bread rise';
 * checkQuery(query, 'my-reranker');
 * query.length; // → 19
 */
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
 * A passage is any string, as for Hugging Face's tokenizers: empty, with control characters, of any length.
 *
 * @throws RetrievalError `invalid-passage`, naming the position of the first that is not a string
 *
 * @example
 * import { checkPassages } from '@secondpass/core/extend';
 * const passages: unknown = ['Yeast makes dough rise.'];
 * checkPassages(passages, 'my-reranker');
 * passages.length; // → 1
 */
export function checkPassages(passages: unknown, origin: string): asserts passages is readonly string[] {
  const refuse = (problem: string, nextStep: string): never => {
    throw new RetrievalError({ code: 'invalid-passage', origin, problem, nextStep });
  };
  if (!Array.isArray(passages)) {
    return refuse(`passages is ${describeValue(passages)}, not a list.`, 'Pass a list of strings.');
  }
  for (let index = 0; index < passages.length; index += 1) {
    if (typeof passages[index] === 'string') continue;
    refuse(`passages[${index}] is ${describeValue(passages[index])}, not a string.`, 'Pass a string.');
  }
}

/**
 * The part of a text that a model reads: at most {@link longestPassage} code units, with U+FFFD in place of lone
 * surrogates. Returns the same string if nothing changes.
 *
 * @example
 * import { readableText } from '@secondpass/core/extend';
 * readableText('half a pair: \ud83c'); // → 'half a pair: �'
 */
export function readableText(text: string): string {
  return (text.length > longestPassage ? text.slice(0, longestPassage) : text).toWellFormed();
}

/**
 * For services that refuse a whole list because of one empty passage.
 *
 * @throws RetrievalError `invalid-passage`, naming the position of the first
 *
 * @example
 * import { refuseBlank } from '@secondpass/core/extend';
 * refuseBlank(['Yeast makes dough rise.'], 'my-service'); // ['  '] would throw
 */
export function refuseBlank(passages: readonly string[], origin: string): void {
  const blank = passages.findIndex((passage) => !isReadable(passage));
  if (blank === -1) return;
  throw new RetrievalError({
    code: 'invalid-passage',
    origin,
    problem: `passages[${blank}] is empty.`,
    nextStep: 'Leave it out: a service refuses the whole list for it.',
  });
}

/** Whether there is something to read: a string with a visible character. */
export function isReadable(text: unknown): text is string {
  return typeof text === 'string' && text.trim() !== '';
}

/** Whether every database can hold the text. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed();
}

/**
 * Checks a text before it is stored.
 *
 * @throws RetrievalError with the code given, unless it is a non-blank, well-formed string without NUL of at most
 * {@link longestPassage} code units
 */
export function checkStoredText(code: RetrievalErrorCode, origin: string, what: string, text: unknown): void {
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
