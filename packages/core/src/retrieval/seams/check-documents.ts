import { checkStoredText, isStorable } from '../../foundation/check-text.ts';
import { describeAsJson, describeValue } from '../../foundation/describe-value.ts';
import { isExactEverywhere, isPerhapsRounded } from '../../foundation/exact-numbers.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import { isVector } from './check-candidate-request.ts';
import type { Document } from './document.ts';
import type { StoredDocument } from './document-writer.ts';

/**
 * Checks a list of documents before any of it is written.
 *
 * @throws RetrievalError `invalid-document` or `duplicate-id`, naming the id or the position
 *
 * @example
 * import { checkDocuments } from '@secondpass/core/extend';
 * checkDocuments([{ id: '1', text: 'Yeast makes dough rise.' }], 'my-writer'); // the same id twice would throw
 */
export function checkDocuments(documents: readonly Document[], origin: string): void {
  if (!Array.isArray(documents)) {
    throw new RetrievalError({
      code: 'invalid-document',
      origin,
      problem: `documents is ${describeValue(documents)}.`,
      nextStep: 'Pass a list of documents.',
    });
  }
  const seen = new Map<string, number>();
  for (const [index, document] of documents.entries()) {
    checkDocument(document, index, origin);
    const first = seen.get(document.id);
    if (first !== undefined) {
      throw new RetrievalError({
        code: 'duplicate-id',
        origin,
        problem: `documents[${index}] and documents[${first}] share the id ${JSON.stringify(document.id)}.`,
        nextStep: 'Give each document an id of its own; no document of this call was written.',
      });
    }
    seen.set(document.id, index);
  }
}

/**
 * The same for documents that come with their vectors. The writer checks whether the vectors fit its index.
 *
 * @throws RetrievalError `invalid-document` or `duplicate-id`, naming the id or the position
 *
 * @example
 * import { checkStoredDocuments } from '@secondpass/core/extend';
 * const document = { id: '1', text: 'Yeast.', vector: Float32Array.of(1, 0), digest: 'abc' };
 * checkStoredDocuments([document], 'my-writer'); // a document without a vector would throw
 */
export function checkStoredDocuments(documents: readonly StoredDocument[], origin: string): void {
  checkDocuments(documents, origin);
  for (const { id, vector, digest } of documents) {
    const problem = !isVector(vector)
      ? `The vector of document ${JSON.stringify(id)} is ${describeValue(vector)}.`
      : typeof digest === 'string' && isStorable(digest)
        ? undefined
        : `The digest of document ${JSON.stringify(id)} is ${describeValue(digest)}.`;
    if (problem === undefined) continue;
    throw new RetrievalError({
      code: 'invalid-document',
      origin,
      problem,
      nextStep: 'Give a Float32Array as vector and a string as digest, as indexDocuments does.',
    });
  }
}

function checkDocument(document: unknown, index: number, origin: string): asserts document is Document {
  const { id, text, payload } = (document ?? {}) as Partial<Record<keyof Document, unknown>>;
  if (typeof id !== 'string' || id === '' || Buffer.byteLength(id) > longestId || !isStorable(id)) {
    throw new RetrievalError({
      code: 'invalid-document',
      origin,
      problem: `documents[${index}].id is ${id === undefined ? 'missing' : describeAsJson(id, 80)}.`,
      nextStep: `Use a non-empty string of at most ${longestId} bytes without NUL or lone surrogates.`,
    });
  }
  checkStoredText('invalid-document', origin, `The text of document ${JSON.stringify(id)}`, text);
  if (payload === undefined) return;
  const problem = isPlainObject(payload)
    ? describeUnstorable(payload, 'payload', 1)
    : 'payload is not an object';
  if (problem === undefined) return;
  throw new RetrievalError({
    code: 'invalid-document',
    origin,
    problem: `In document ${JSON.stringify(id)}, ${problem}.`,
    nextStep:
      'Use an object of JSON values (finite numbers, a bigint for an integer beyond 2^53, text without NUL or lone surrogates), or leave it out.',
  });
}

/** Longest id in UTF-8 bytes: what the index of every supported engine can hold. */
const longestId = 512;
/** The most levels of nested objects and arrays; deeper values are a cycle, or out of reach of every filter. */
const deepestPayload = 32;

/** Why a database could not return a value unchanged, or `undefined` if it could. */
function describeUnstorable(value: unknown, path: string, depth: number): string | undefined {
  if (value === null || typeof value === 'boolean') return undefined;
  if (typeof value === 'string')
    return isStorable(value) ? undefined : `${path} has a NUL or a lone surrogate`;
  if (typeof value === 'number') {
    if (isPerhapsRounded(value))
      return `${path} is ${value}, and a number does not hold that integer exactly`;
    return Number.isFinite(value) ? undefined : `${path} is ${value}`;
  }
  if (typeof value === 'bigint') {
    return isExactEverywhere(value) ? undefined : `${path} is an integer of more than 64 bits`;
  }
  if (!Array.isArray(value) && !isPlainObject(value)) return `${path} is not a JSON value`;
  if (depth > deepestPayload) return `${path} lies more than ${deepestPayload} levels deep`;
  for (const [key, inner] of Object.entries(value)) {
    if (!isStorable(key)) return `a key in ${path} has a NUL or a lone surrogate`;
    const problem = describeUnstorable(inner, `${path}.${key}`, depth + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  // Not by `===`: an object of another realm (a worker, a test runner) has another Object.prototype.
  return Object.prototype.toString.call(value) === '[object Object]';
}
