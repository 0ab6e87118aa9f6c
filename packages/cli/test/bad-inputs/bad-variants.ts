/** One input that is a valid one with a single thing wrong, or odd, about it. */
export interface Variant {
  /** What was changed, for the test's message. */
  readonly change: string;
  readonly input: unknown;
}

/** What a function of the caller's throws; it may come out as it is, for it is the caller's. */
export const ownError: unknown = Object.create(null);

type Make = readonly [name: string, value: () => unknown];

/** Each value is made anew: an entry must not be able to change what the next one gets. */
const odd: readonly Make[] = [
  ['null', () => null],
  ['true', () => true],
  ['NaN', () => Number.NaN],
  ['Infinity', () => Number.POSITIVE_INFINITY],
  ['-1', () => -1],
  ['-0', () => -0],
  ['0.5', () => 0.5],
  ['1e308', () => 1e308],
  ['2^53', () => 2 ** 53],
  ['a bigint', () => 5n],
  ['an empty string', () => ''],
  ['white space', () => ' \n\t'],
  ['a word', () => 'word'],
  ['a number as a string', () => '10'],
  ['a NUL', () => 'a\0b'],
  ['half a surrogate pair', () => '\uD800'],
  ['__proto__', () => '__proto__'],
  ['a path upwards', () => '../../../none/passwd'],
  ['10,000 characters', () => 'long '.repeat(2000)],
  ['a symbol', () => Symbol('odd')],
  ['a function', () => () => undefined],
  [
    'a function that throws',
    () => () => {
      throw ownError;
    },
  ],
  ['an empty list', () => []],
  ['a list of null', () => [null]],
  ['a list in a list', () => [[[]]]],
  ['a sparse list', () => new Array(3)],
  ['an empty object', () => ({})],
  ['an object without a prototype', () => Object.create(null)],
  ['an own __proto__', () => JSON.parse('{"__proto__": {"polluted": true}}')],
  ['an odd constructor', () => ({ constructor: 1, toString: null, valueOf: 2 })],
  ['a date that is none', () => new Date(Number.NaN)],
  ['a map', () => new Map([['a', 1]])],
  ['a promise', () => Promise.resolve(1)],
  [
    'a circle',
    () => {
      const circle: Record<string, unknown> = {};
      circle['self'] = circle;
      return circle;
    },
  ],
  ['2,000 levels', () => Array.from({ length: 2000 }).reduce((inner) => [inner], 1 as unknown)],
];

/**
 * Every input that differs from a valid one in one place: a value is odd or absent, or a key is there that nobody knows.
 * Objects of a class, and functions, are replaced whole.
 */
export function* badVariants(valid: unknown): Generator<Variant> {
  for (const path of pathsOf(valid)) {
    const where = path.length === 0 ? 'all' : path.join('.');
    for (const [name, make] of [['undefined', () => undefined] as const, ...odd]) {
      yield { change: `${where} is ${name}`, input: changed(valid, path, () => make()) };
    }
    const there = path.reduce<unknown>((inner, key) => (inner as Record<string, unknown>)[key], valid);
    if (!isPlain(there) || Array.isArray(there)) continue;
    for (const key of ['unknownKey', 'toString', 'constructor']) {
      yield {
        change: `${where} has ${key}`,
        input: changed(valid, path, (one) => ({ ...(one as object), [key]: 1 })),
      };
    }
  }
}

function* pathsOf(value: unknown, path: readonly string[] = []): Generator<readonly string[]> {
  yield path;
  if (path.length >= 4 || !isPlain(value)) return;
  for (const [key, inner] of Object.entries(value as object)) yield* pathsOf(inner, [...path, key]);
}

function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || Array.isArray(value);
}

function changed(value: unknown, path: readonly string[], change: (value: unknown) => unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return change(value);
  const inner = changed((value as Record<string, unknown>)[key], rest, change);
  if (Array.isArray(value)) return value.with(Number(key), inner);
  return { ...(value as object), [key]: inner };
}
