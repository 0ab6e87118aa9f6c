import { z } from 'zod';
import { describeValue } from './describe-value.ts';
import { RetrievalError, type RetrievalErrorCode } from './retrieval-error.ts';

/**
 * The kinds of values that options have. The message of each says what is expected, so that an error can read
 * `depth is 0. Use an integer from 1 to 10,000.`
 */
const expecting = <T>(expected: string, accepts: (value: unknown) => boolean) =>
  z.custom<T>(accepts, { error: expected });

const written = (value: number) => value.toLocaleString('en-US');
const isNumber = (value: unknown, least: number, most: number): value is number =>
  typeof value === 'number' && value >= least && value <= most;

/**
 * A whole number from `least` to `most`, both included.
 *
 * @example
 * import { checkOptions, integer } from '@secondpass/core/extend';
 * import { z } from 'zod';
 * checkOptions(z.strictObject({ depth: integer(1, 10_000) }), { depth: 20 }, { origin: 'my-source' }); // → { depth: 20 }
 */
export const integer = (least: number, most: number) =>
  expecting<number>(
    `an integer from ${written(least)} to ${written(most)}`,
    (value) => isNumber(value, least, most) && Number.isInteger(value),
  );

/**
 * A number from `least` to `most`, both included.
 *
 * @example
 * import { checkOptions, number } from '@secondpass/core/extend';
 * import { z } from 'zod';
 * checkOptions(z.strictObject({ share: number(0, 1) }), { share: 0.5 }, { origin: 'my-source' }); // → { share: 0.5 }
 */
export const number = (least: number, most: number) =>
  expecting<number>(`a number from ${written(least)} to ${written(most)}`, (value) =>
    isNumber(value, least, most),
  );

/** What timers of Node.js can wait. */
const longestMs = 2 ** 31 - 1;

/** A time above 0, in milliseconds, at most what timers of Node.js can wait (about 24 days). */
export const milliseconds = expecting<number>(
  `a number of milliseconds above 0, at most ${written(longestMs)}`,
  (value) => isNumber(value, 0, longestMs) && value > 0,
);

/** `true` or `false`. */
export const flag = expecting<boolean>('true or false', (value) => typeof value === 'boolean');

/** A string of at least one character. */
export const text = expecting<string>('a string that is not empty', (value) => {
  return typeof value === 'string' && value !== '';
});

/**
 * One of a few strings.
 *
 * @example
 * import { checkOptions, oneOf } from '@secondpass/core/extend';
 * import { z } from 'zod';
 * const schema = z.strictObject({ order: oneOf(['asc', 'desc']) });
 * checkOptions(schema, { order: 'asc' }, { origin: 'my-source' }); // → { order: 'asc' }
 */
export const oneOf = <const T extends readonly string[]>(values: T) =>
  expecting<T[number]>(`one of ${values.join(', ')}`, (value) => values.includes(value as string));

/**
 * A function. @param takes what it is called with, for the error
 *
 * @example
 * import { callback, checkOptions } from '@secondpass/core/extend';
 * import { z } from 'zod';
 * const schema = z.strictObject({ onProgress: callback<(done: number) => void>('the progress').optional() });
 * checkOptions(schema, {}, { origin: 'my-source' }); // → {}
 */
export const callback = <T>(takes: string) =>
  expecting<T>(`a function that takes ${takes}`, (value) => typeof value === 'function');

/** A signal that aborts. It is compared by its class, so that an object that only looks like one is refused. */
export const abortSignal = expecting<AbortSignal>(
  'the signal of an AbortController',
  (value) => value instanceof AbortSignal,
);

/**
 * A list, or an iterable or async iterable; not a string, which is one of characters.
 *
 * @param of what the list holds, for the error
 *
 * @example
 * import type { Document } from '@secondpass/core';
 * import { checkOptions, stream } from '@secondpass/core/extend';
 * import { z } from 'zod';
 * const schema = z.strictObject({ documents: stream<Document>('documents') });
 * checkOptions(schema, { documents: [] }, { origin: 'my-writer' }); // → { documents: [] }
 */
export const stream = <T = never>(of: string) =>
  expecting<Iterable<T> | AsyncIterable<T>>(`a list or a stream of ${of}`, (value) => {
    if (typeof value !== 'object' || value === null) return false;
    return Symbol.iterator in value || Symbol.asyncIterator in value;
  });

/**
 * An object that has the methods of a seam.
 *
 * @param expected what is wanted, for the error
 * @param methods names of the methods that it must have
 *
 * @example
 * import type { Reranker } from '@secondpass/core';
 * import { checkOptions, having } from '@secondpass/core/extend';
 * import { z } from 'zod';
 * const reranker = having<Reranker>('a reranker, such as loadCrossEncoder gives', 'score');
 * checkOptions(z.strictObject({ reranker: reranker.optional() }), {}, { origin: 'my-tool' }); // → {}
 */
export const having = <T>(expected: string, ...methods: readonly string[]) =>
  expecting<T>(expected, (value) => {
    // A string has a search() too.
    if (typeof value !== 'object' || value === null) return false;
    const given = value as Record<string, unknown>;
    const isNamed = given['name'] === undefined || typeof given['name'] === 'string';
    return isNamed && methods.every((method) => typeof given[method] === 'function');
  });

/** Who checks, and what the error may show. */
export interface CheckOptionsContext {
  /** Who refuses, for the error. */
  readonly origin: string;
  /** @default 'invalid-options' */
  readonly code?: RetrievalErrorCode;
  /** Options of the first level whose values no error shows, such as keys, headers and URLs. @default none */
  readonly secret?: readonly string[];
}

/**
 * Checks options by a schema of `z.strictObject`, and gives them back typed. A key that the schema does not have is an
 * error, with the known key that looks most like it.
 *
 * @throws RetrievalError `invalid-options` (or `code`), whose `path` leads to the value that is wrong
 *
 * @example
 * import { checkOptions, integer, text } from '@secondpass/core/extend';
 * import { z } from 'zod';
 * const schema = z.strictObject({ depth: integer(1, 10_000).optional(), apiKey: text.optional() });
 * const options = { depth: 20, apiKey: 'secret' };
 * const { depth = 100 } = checkOptions(schema, options, { origin: 'my-source', secret: ['apiKey'] });
 * depth; // → 20
 */
export function checkOptions<S extends z.ZodType>(
  schema: S,
  given: unknown,
  { origin, code = 'invalid-options', secret = [] }: CheckOptionsContext,
): z.output<S> {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue!.path as (string | number)[];
  const refuse = (at: readonly (string | number)[], problem: string, nextStep: string): never => {
    throw new RetrievalError({ code, origin, problem, nextStep, path: at });
  };
  if (issue!.code === 'unrecognized_keys') {
    const key = issue!.keys[0]!;
    const known = keysAt(schema, path);
    const likely = closest(key, known);
    return refuse(
      [...path, key],
      `${writtenPath([...path, key])} is not an option.`,
      likely === undefined ? `Use ${known.join(', ')}, or leave it out.` : `Did you mean ${likely}?`,
    );
  }
  const value = path.reduce<unknown>((inner, key) => (inner as Record<string, unknown>)?.[key], given);
  if (path.length === 0)
    return refuse(path, `The options are ${describeValue(given)}.`, `Use ${expectedBy(issue!)}.`);
  const name = writtenPath(path);
  const shown = secret.includes(String(path[0])) ? 'not usable' : describeValue(value);
  const problem = value === undefined ? `${name} is missing.` : `${name} is ${shown}.`;
  return refuse(path, problem, `Use ${expectedBy(issue!)}.`);
}

/** `stages[1].best` */
function writtenPath(path: readonly (string | number)[]): string {
  return path.reduce<string>(
    (written, key) =>
      typeof key === 'number' ? `${written}[${key}]` : written === '' ? key : `${written}.${key}`,
    '',
  );
}

function expectedBy({ code, message, ...rest }: z.core.$ZodIssue): string {
  if (code !== 'invalid_type') return message;
  const { expected } = rest as { expected: string };
  return expected === 'array' ? 'a list' : expected === 'object' ? 'an object' : `a ${expected}`;
}

/** The keys of the object schema at a path. */
function keysAt(schema: z.ZodType, path: readonly (string | number)[]): readonly string[] {
  let inner: unknown = schema;
  for (const key of path) {
    inner = unwrap(inner);
    inner =
      inner instanceof z.ZodArray
        ? inner.element
        : inner instanceof z.ZodObject
          ? inner.shape[key]
          : undefined;
  }
  inner = unwrap(inner);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

function unwrap(schema: unknown): unknown {
  return schema instanceof z.ZodOptional ? unwrap(schema.unwrap()) : schema;
}

/** The key that needs the fewest changes, where that is a likely slip of the keyboard. */
function closest(key: string, known: readonly string[]): string | undefined {
  const sorted = known
    .map((candidate) => ({ candidate, changes: changesBetween(key.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.changes - b.changes);
  const [best] = sorted;
  const likely = key.length < 4 ? 1 : Math.max(2, Math.floor(key.length / 3));
  return best && best.changes <= likely ? best.candidate : undefined;
}

/** Levenshtein distance. */
function changesBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length]!;
}
