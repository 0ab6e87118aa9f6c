import type { FieldFilter, Filter, FilterValue } from '../retrieval/seams/filter.ts';

type Random = () => number;

const fields = ['a', 'b', 'c.d', 'c.e', 'missing', 'it\'s "odd"', '0'] as const;
const strings = [
  '',
  'a',
  'A',
  'ab',
  'b',
  'é',
  'z',
  '\uFFFD',
  '🌙',
  '10',
  '9',
  'true',
  'null',
  '2024-03-01',
  "O'Brien",
];
const numbers = [-1.5, 0, 0.1, 1, 2, 9, 10, 1e21, 9_007_199_254_740_991];
const operators = ['eq', 'ne', 'in', 'gt', 'gte', 'lt', 'lte', 'exists'] as const;

/** Random numbers in [0, 1) that are the same in every run (mulberry32). */
export function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A payload whose fields hold values of every kind, so that filters meet values of other types. */
export function randomPayload(random: Random): Record<string, unknown> {
  const payload: Record<string, unknown> = {};
  for (const field of ['a', 'b', 'it\'s "odd"', '0']) {
    if (random() < 0.8) payload[field] = randomField(random);
  }
  if (random() < 0.8) {
    payload['c'] = random() < 0.85 ? { d: randomField(random), e: randomField(random) } : randomField(random);
  }
  return payload;
}

/** @param depth how many levels of and, or and not it may have */
export function randomFilter(random: Random, depth = 3): Filter {
  const kind = depth === 0 ? 1 : random();
  if (kind < 0.2) return { and: some(random, () => randomFilter(random, depth - 1)) };
  if (kind < 0.4) return { or: some(random, () => randomFilter(random, depth - 1)) };
  if (kind < 0.5) return { not: randomFilter(random, depth - 1) };
  const conditions = some(random, () => pick(random, operators)).map((operator) => [
    operator,
    operand(operator, random),
  ]);
  return { field: pick(random, fields), ...Object.fromEntries(conditions) } as FieldFilter;
}

function operand(operator: (typeof operators)[number], random: Random): unknown {
  if (operator === 'exists') return random() < 0.5;
  if (operator === 'in') return some(random, () => randomScalar(random));
  if (operator === 'eq' || operator === 'ne') return randomScalar(random);
  return random() < 0.5 ? pick(random, numbers) : pick(random, strings);
}

function randomField(random: Random): unknown {
  const kind = random();
  if (kind < 0.1) return null;
  if (kind < 0.15) return [];
  if (kind < 0.35) return some(random, () => (random() < 0.1 ? null : randomScalar(random)));
  // Filters look into arrays one level deep, and a database may look deeper.
  if (kind < 0.42) return [[randomScalar(random)], ...some(random, () => randomScalar(random)).slice(1)];
  return randomScalar(random);
}

function randomScalar(random: Random): FilterValue {
  const kind = random();
  if (kind < 0.2) return random() < 0.5;
  return kind < 0.6 ? pick(random, numbers) : pick(random, strings);
}

function some<T>(random: Random, make: () => T): T[] {
  return Array.from({ length: 1 + Math.floor(random() * 3) }, make);
}

function pick<T>(random: Random, values: readonly T[]): T {
  return values[Math.floor(random() * values.length)]!;
}
