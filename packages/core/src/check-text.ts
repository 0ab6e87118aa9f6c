import type { Document } from './document.ts';
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

/**
 * Checks a list of documents before any of it is written.
 *
 * @throws RetrievalError `invalid-document` or `duplicate-id`, naming the id or the position
 */
export function checkDocuments(documents: readonly Document[], origin: string): void {
  const seen = new Map<string, number>();
  for (const [index, document] of documents.entries()) {
    checkDocument(document, index, origin);
    const first = seen.get(document.id);
    if (first !== undefined) {
      throw new RetrievalError({
        code: 'duplicate-id',
        origin,
        problem: `documents[${index}] and documents[${first}] share the id ${JSON.stringify(document.id)}.`,
        nextStep: 'Give each document an id of its own; nothing of this call was written.',
      });
    }
    seen.set(document.id, index);
  }
}

function checkDocument(document: unknown, index: number, origin: string): asserts document is Document {
  const { id, text, payload } = (document ?? {}) as Partial<Record<keyof Document, unknown>>;
  if (typeof id !== 'string' || id === '' || id.length > 1024 || id.includes('\0') || !id.isWellFormed()) {
    throw new RetrievalError({
      code: 'invalid-document',
      origin,
      problem: `documents[${index}].id is ${JSON.stringify(id)?.slice(0, 80) ?? 'missing'}.`,
      nextStep: 'Use a non-empty string of at most 1,024 characters without NUL.',
    });
  }
  checkPassage('invalid-document', origin, `The text of document ${JSON.stringify(id)}`, text);
  if (payload !== undefined && (typeof payload !== 'object' || payload === null || Array.isArray(payload))) {
    throw new RetrievalError({
      code: 'invalid-document',
      origin,
      problem: `The payload of document ${JSON.stringify(id)} is not an object.`,
      nextStep: 'Use an object with JSON values, or leave it out.',
    });
  }
}

function checkPassage(code: RetrievalErrorCode, origin: string, what: string, text: unknown): void {
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
