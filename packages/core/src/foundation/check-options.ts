import { z } from 'zod';
import { describeValue } from './describe-value.ts';
import { nearestName } from './nearest-name.ts';
import { RetrievalError, type RetrievalErrorCode } from './retrieval-error.ts';

/**
 * A kind of value that an option has.
 *
 * @param expected what it is, so that an error can read `depth is 0. Use an integer from 1 to 10,000.`
 * @param accepts whether a value is of the kind
 *
 * @example
 * import { checkOptions, kind, optionsOf } from '@secondpass/core/extend';
 * const even = kind<number>('an even number', (value) => typeof value === 'number' && value % 2 === 0);
 * checkOptions(optionsOf({ size: even }), { size: 4 }, { origin: 'my-source' }); // → { size: 4 }
 */
export const kind = <T>(expected: string, accepts: (value: unknown) => boolean) =>
  z.custom<T>(accepts, { error: expected });

/**
 * The schema of a list of one kind.
 *
 * @example
 * import { checkOptions, listOf, optionsOf, text } from '@secondpass/core/extend';
 * checkOptions(optionsOf({ urls: listOf(text) }), { urls: ['a'] }, { origin: 'my-source' }); // → { urls: [ 'a' ] }
 */
export const listOf = z.array;

/**
 * The schema of options with these keys and no others, for packages that need nothing else of zod.
 *
 * @example
 * import { checkOptions, integer, optionsOf } from '@secondpass/core/extend';
 * checkOptions(optionsOf({ depth: integer(1, 100) }), { depth: 20 }, { origin: 'my-source' }); // → { depth: 20 }
 */
export const optionsOf = z.strictObject;

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
  kind<number>(
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
  kind<number>(`a number from ${written(least)} to ${written(most)}`, (value) =>
    isNumber(value, least, most),
  );

/** Longest delay of a Node.js timer. */
const longestMs = 2 ** 31 - 1;

/** A time above 0, in milliseconds, at most what timers of Node.js can wait (about 24 days). */
export const milliseconds = kind<number>(
  `a number of milliseconds above 0, at most ${written(longestMs)}`,
  (value) => isNumber(value, 0, longestMs) && value > 0,
);

/** `true` or `false`. */
export const flag = kind<boolean>('true or false', (value) => typeof value === 'boolean');

/** A string of at least one character. */
export const text = kind<string>('a string that is not empty', (value) => {
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
  kind<T[number]>(`one of ${values.join(', ')}`, (value) => values.includes(value as string));

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
  kind<T>(`a function that takes ${takes}`, (value) => typeof value === 'function');

/** A signal that aborts. It is compared by its class, so that an object that only looks like one is refused. */
export const abortSignal = kind<AbortSignal>(
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
  kind<Iterable<T> | AsyncIterable<T>>(`a list or a stream of ${of}`, (value) => {
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
  kind<T>(expected, (value) => {
    // A string has a search() too.
    if (typeof value !== 'object' || value === null) return false;
    const given = value as Record<string, unknown>;
    const isNamed = given['name'] === undefined || typeof given['name'] === 'string';
    return isNamed && methods.every((method) => typeof given[method] === 'function');
  });

/** Who checks, and what the error may show. */
export interface CheckOptionsContext {
  /** The error's `origin`. */
  readonly origin: string;
  /** @default 'invalid-options' */
  readonly code?: RetrievalErrorCode;
  /** Options of the first level whose values no error shows, such as keys, headers and URLs. @default none */
  readonly secret?: readonly string[];
}

/**
 * Checks options by a schema of `z.strictObject`, and gives them back typed. An unknown key is an error that names
 * the most similar known key.
 *
 * @throws RetrievalError `invalid-options` (or `code`), whose `path` leads to the wrong value
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
  const issue = mostTelling(result.error.issues);
  const path = issue.path as (string | number)[];
  const refuse = (at: readonly (string | number)[], problem: string, nextStep: string): never => {
    throw new RetrievalError({ code, origin, problem, nextStep, path: at });
  };
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0]!;
    const known = keysAt(schema, path, given);
    const likely = nearestName(key, known);
    return refuse(
      [...path, key],
      `${writtenPath([...path, key])} is not an option.`,
      likely === undefined ? `Use ${known.join(', ')}, or leave it out.` : `Did you mean ${likely}?`,
    );
  }
  const value = path.reduce<unknown>((inner, key) => (inner as Record<string, unknown>)?.[key], given);
  if (path.length === 0) {
    // Such as a URL with a password in the place of the options.
    const shown = typeof given === 'string' && secret.length > 0 ? 'a string' : describeValue(given);
    return refuse(path, `The options are ${shown}.`, `Use ${expectedBy(issue)}.`);
  }
  const name = writtenPath(path);
  const shown = secret.includes(String(path[0])) ? 'not usable' : describeValue(value);
  const problem = value === undefined ? `${name} is missing.` : `${name} is ${shown}.`;
  return refuse(path, problem, `Use ${expectedBy(issue)}.`);
}

/**
 * The part of some options that a shape knows, without the undefined ones: for handing one object of settings on to
 * several functions, each of which refuses what it does not know.
 *
 * @example
 * import { integer, knownOptions, text } from '@secondpass/core/extend';
 * const sourceShape = { table: text, depth: integer(1, 100).optional() };
 * knownOptions(sourceShape, { table: 'notes', poolSize: 4 }); // → { table: 'notes' }
 */
export function knownOptions<T extends object, K extends PropertyKey>(
  shape: Readonly<Record<K, unknown>>,
  options: T,
): Pick<T, K & keyof T> {
  const known = Object.entries(options).filter(
    ([key, value]) => value !== undefined && Object.hasOwn(shape, key),
  );
  return Object.fromEntries(known) as Pick<T, K & keyof T>;
}

/**
 * A misspelt key comes before a missing one, as it is often the same one. Of a union, what is wrong inside the alternative
 * that was meant: the one that the value fails further down than at its root.
 */
function mostTelling(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue {
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]!;
  if (issue.code === 'invalid_key') return { ...mostTelling(issue.issues), path: issue.path };
  if (issue.code !== 'invalid_union') return issue;
  const inside = issue.errors
    .filter((errors) => errors.length > 0)
    .map(mostTelling)
    .find(({ code, path }) => code === 'unrecognized_keys' || path.length > 0);
  return inside ? { ...inside, path: [...issue.path, ...inside.path] } : issue;
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

/** The keys that may stand next to a wrong one: those of the object schemas at a path that the value can be meant for. */
function keysAt(schema: z.ZodType, path: readonly (string | number)[], given: unknown): readonly string[] {
  let [schemas, value] = [alternatives(schema), given];
  for (const key of path) {
    schemas = schemas.flatMap((inner) => alternatives(schemaOf(inner, key)));
    value = (value as Record<string, unknown>)?.[key];
  }
  const keys = schemas.flatMap((inner) =>
    inner instanceof z.ZodObject && isMeant(inner, value) ? Object.keys(inner.shape) : [],
  );
  return [...new Set(keys)];
}

function schemaOf(schema: unknown, key: string | number): unknown {
  if (schema instanceof z.ZodArray) return schema.element;
  if (schema instanceof z.ZodRecord) return schema.valueType;
  return schema instanceof z.ZodObject ? schema.shape[key] : undefined;
}

/** What a schema is below optional, default and union. */
function alternatives(schema: unknown): readonly unknown[] {
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(alternatives);
  const { innerType } = (schema as { def?: { innerType?: unknown } } | undefined)?.def ?? {};
  return innerType === undefined ? [schema] : alternatives(innerType);
}

/** Whether the words that tell alternatives apart are those of this one. */
function isMeant({ shape }: z.ZodObject, value: unknown): boolean {
  return Object.entries(shape).every(
    ([key, inner]) =>
      !alternatives(inner).some((one) => one instanceof z.ZodLiteral) ||
      z.safeParse(inner, (value as Record<string, unknown>)[key]).success,
  );
}
