import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { padStates } from '../../runtime-common/src/inference/token-states.ts';
import { compressStates, statePrecisions } from '../src/compress-states.ts';
import { passageStatesFromBytes, passageStatesToBytes } from '../src/passage-states.ts';

const width = 8;
const passages = fc
  .array(fc.float({ min: -20, max: 20, noNaN: true }), { minLength: width, maxLength: 6 * width })
  .map((numbers) => Float32Array.from(numbers.slice(0, numbers.length - (numbers.length % width))));
const tokensOf = (values: Float32Array) => new Int32Array(values.length / width).fill(5);

test('states come back from bytes as they were, wherever the bytes lie', () => {
  fc.assert(
    fc.property(passages, fc.constantFrom(...statePrecisions), fc.nat(5), (values, precision, offset) => {
      const kept = { ids: tokensOf(values), tokensCut: 3, states: compressStates(values, width, precision) };
      const bytes = passageStatesToBytes(kept);
      const elsewhere = new Uint8Array(bytes.length + offset);
      elsewhere.set(bytes, offset);
      expect(passageStatesFromBytes(elsewhere.subarray(offset))).toEqual(kept);
      expect(passageStatesFromBytes(bytes.subarray(0, -1))).toBeUndefined();
    }),
  );
});

test('what a graph reads of them is as near as the precision promises', () => {
  fc.assert(
    fc.property(passages, fc.constantFrom(...statePrecisions), (values, precision) => {
      const ids = tokensOf(values);
      const states = [compressStates(values, width, precision)];
      const { data } = padStates([{ ids, typeIds: ids, states }], ids.length, 'right');
      for (const [index, value] of values.entries()) {
        const token = index - (index % width);
        const most = Math.max(...values.subarray(token, token + width).map(Math.abs));
        // Half a step: of 127 to the token's largest number, or of the eleven digits of a half, 2⁻²⁴ at least.
        const half = Math.max(2 ** -25, Math.abs(value) * 2 ** -11);
        const allowed = { float32: 0, float16: half, int8: (most / 254) * 1.001 + 1e-30 }[precision];
        expect(Math.abs(data[index]! - value)).toBeLessThanOrEqual(allowed);
      }
    }),
  );
});

test('halves are those of IEEE 754, ties to even', () => {
  const values = Float32Array.from([
    0,
    -0,
    1,
    -2.5,
    65504,
    1e9,
    2 ** -24,
    2 ** -25,
    2 ** -14,
    1 + 2 ** -11,
    1 + 3 * 2 ** -11,
  ]);
  const bits = [0, 0x8000, 0x3c00, 0xc100, 0x7bff, 0x7bff, 1, 0, 0x400, 0x3c00, 0x3c02];
  expect([...compressStates(values, 1, 'float16').values]).toEqual(bits);
});

test('a batch is padded on either side, and a sequence without all its states is refused', () => {
  const sequence = (...numbers: number[]) => ({
    ids: new Int32Array(numbers.length),
    typeIds: new Int32Array(numbers.length),
    states: [{ width: 1, values: Float32Array.from(numbers) }],
  });
  const batch = [sequence(1, 2, 3), sequence(4)];
  expect([...padStates(batch, 3, 'right').data]).toEqual([1, 2, 3, 4, 0, 0]);
  expect([...padStates(batch, 3, 'left').data]).toEqual([1, 2, 3, 0, 0, 4]);
  expect(() => padStates([{ ...sequence(1), ids: new Int32Array(2) }], 2, 'right')).toThrow('2 tokens');
});
