import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { float32Digits } from '../../src/entries/extend.ts';

const float = fc.float({ noNaN: true, noDefaultInfinity: true });

test('every float32 reads as itself, and takes nine digits at most', () => {
  fc.assert(
    fc.property(fc.array(float, { minLength: 1 }), (numbers) => {
      const vector = Float32Array.from(numbers);
      const sent = JSON.parse(JSON.stringify(float32Digits(vector))) as number[];
      // JSON has no −0, and no distance or product tells it from 0.
      expect(Float32Array.from(sent).map((value) => value + 0)).toEqual(vector.map((value) => value + 0));
      for (const value of sent) {
        const [digits] = String(Math.abs(value)).split('e');
        expect(digits!.replace('.', '').replace(/^0+|0+$/g, '').length).toBeLessThanOrEqual(9);
      }
    }),
    { numRuns: 2000 },
  );
});

test.each([
  [0.1, '0.1'],
  [-0.05, '-0.05'],
  [Math.SQRT1_2, '0.70710677'],
  [1 / 3, '0.33333334'],
  [12.3, '12.3'],
  [1e-20, '1e-20'],
  [-2, '-2'],
  [16777216, '16777216'],
  [0, '0'],
])('%d is sent as %s', (value, text) => {
  expect(JSON.stringify(float32Digits(Float32Array.of(value)))).toBe(`[${text}]`);
});
