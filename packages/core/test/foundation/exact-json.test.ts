import { describe, expect, test } from '@jest/globals';
import { parseJson, rawIntegers, stringifyJson } from '@secondpass/core/extend';
import fc from 'fast-check';

describe('a number of JSON text', () => {
  test.each([
    ['9007199254740991', 9_007_199_254_740_991],
    ['9007199254740992', 9_007_199_254_740_992n],
    ['-9007199254740993', -9_007_199_254_740_993n],
    ['1784530912236650497', 1_784_530_912_236_650_497n],
    ['1784530912236650497.0', 1_784_530_912_236_650_497n],
    ['17845309122366504.97e2', 1_784_530_912_236_650_497n],
    ['1784530912236650497000e-3', 1_784_530_912_236_650_497n],
    ['1e18', 10n ** 18n],
    ['18446744073709551615', 2n ** 64n - 1n],
    ['100000000000000000000', 1e20],
    ['123456789012345678901234567890', 123_456_789_012_345_678_901_234_567_890n],
    ['1e21', 1e21],
    [`17976931348623157${'0'.repeat(292)}`, Number.MAX_VALUE],
    ['1e400', 10n ** 400n],
    ['-0', 0],
    ['-0.0', 0],
    ['5e-324', 5e-324],
    ['0.1', 0.1],
    ['20.0', 20],
  ])('%s is %p', (text, value) => {
    expect(parseJson(text)).toStrictEqual(value);
    expect(parseJson(`{"a":[ ${text}]}`)).toStrictEqual({ a: [value] });
  });

  test('that nothing holds is refused, and fills no memory', () => {
    expect(() => parseJson('[1e99999999999]')).toThrow('The number 1e99999999999 is too large');
  });

  test('inside a string is a string', () => {
    const value = { text: '1784530912236650497, -0 and 1e400', '1784530912236650497': '"\\' };
    expect(parseJson(JSON.stringify(value))).toEqual(value);
  });
});

test('every integer of 64 bits comes back through text, at any depth', () => {
  const integer = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n });
  const json = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      integer.map((value) => (value > 2n ** 53n || value < -(2n ** 53n) ? value : Number(value))),
      fc.string(),
      fc.double({ noNaN: true, noDefaultInfinity: true, max: 1e9, min: -1e9 }).map((value) => value + 0),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(fc.string(), tie('value'), { maxKeys: 4 }).map((record) => ({ ...record })),
    ),
  })).value;
  fc.assert(
    fc.property(json, (value) => {
      const text = stringifyJson(value);
      expect(parseJson(text)).toEqual(value);
      expect(JSON.stringify(rawIntegers(value))).toBe(text);
    }),
    { numRuns: 2000 },
  );
  fc.assert(
    fc.property(integer, (value) => {
      expect(BigInt(parseJson(stringifyJson(value)) as number)).toBe(value);
    }),
    { numRuns: 5000 },
  );
});

test('what has no bigint is read and written as JSON does', () => {
  fc.assert(
    fc.property(fc.json({ noUnicodeString: false }), (text) => {
      fc.pre(!/\d{16}|e\+/.test(text));
      expect(stringifyJson(parseJson(text))).toBe(JSON.stringify(JSON.parse(text)));
    }),
  );
  const circle: Record<string, unknown> = { big: 5n };
  circle['self'] = circle;
  expect(() => stringifyJson(circle)).toThrow(TypeError);
  expect(stringifyJson({ a: [1n] }, 2)).toBe('{\n  "a": [\n    1\n  ]\n}');
});
