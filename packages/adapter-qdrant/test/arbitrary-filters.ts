import { isPerhapsRounded } from '@secondpass/core/extend';
import fc from 'fast-check';

const text = fc.oneof(
  fc.constantFrom(
    '',
    'a',
    'b',
    '1',
    'null',
    "'",
    '"',
    '\\',
    '%22',
    '🌙',
    '\uFFFD',
    '2024-03-01',
    'abcdef',
    'abcdefg',
  ),
  fc
    .string({ unit: 'grapheme', maxLength: 14 })
    .filter((value) => value.isWellFormed() && !value.includes('\0') && Buffer.byteLength(value) < 60),
);
const number = fc.oneof(
  fc.constantFrom(0, 1, 2, 0.1, -1),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !isPerhapsRounded(value)),
);
/** Neighbors that share a float64. */
const integer = fc.constantFrom(2n ** 60n + 1n, 2n ** 60n + 3n, -(2n ** 63n), 2n ** 63n - 1n);
const scalar = fc.oneof(text, number, integer, fc.boolean());
const keys = ['a', 'b', '0', "it's", 'say "x"', 'back\\slash', '%22', '__proto__'];
const field = fc.oneof(fc.constantFrom(...keys), fc.constantFrom('a.b', 'b.a', 'a.0', 'a.say "x"'));
const element = fc.oneof(
  scalar,
  fc.constant(null),
  fc.array(fc.oneof(scalar, fc.constant(null)), { maxLength: 2 }),
);
const value = fc.oneof(
  { weight: 4, arbitrary: scalar },
  { weight: 3, arbitrary: fc.array(element, { maxLength: 3 }) },
  {
    weight: 2,
    arbitrary: fc.dictionary(fc.constantFrom(...keys), fc.oneof(scalar, fc.array(element, { maxLength: 2 }))),
  },
  { weight: 1, arbitrary: fc.constant(null) },
);
/** Payloads in which types meet where they do not fit, under names that no path of Qdrant can say. */
export const arbitraryPayload = fc.dictionary(fc.constantFrom(...keys, 'a.b'), value, { minKeys: 2 });
const operand = fc.oneof(text, number);
const operator = fc.oneof(
  fc.record({ eq: scalar }),
  fc.record({ ne: scalar }),
  fc.record({ in: fc.array(scalar, { minLength: 1, maxLength: 3 }) }),
  fc.record({ gt: operand }),
  fc.record({ gte: operand }),
  fc.record({ lt: operand }),
  fc.record({ lte: operand }),
  fc.record({ exists: fc.boolean() }),
);
// One or two to a field: more of them let hardly anything through, and then nothing is compared.
const condition = fc
  .tuple(field, fc.oneof({ weight: 3, arbitrary: fc.tuple(operator) }, fc.tuple(operator, operator)))
  .map(([name, operators]) => Object.assign({ field: name }, ...operators) as Record<string, unknown>);
const { filter } = fc.letrec<{ filter: unknown }>((tie) => ({
  filter: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    condition,
    fc.record({ and: fc.array(tie('filter'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ or: fc.array(tie('filter'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie('filter') }),
  ),
}));

/** Filters on the fields of {@link arbitraryPayload}, as parsed JSON. */
export const arbitraryFilter = filter;
