import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { quantizeColumns } from '../../../src/graph/int8/quantize-columns.ts';
import { smoothingFactors } from '../../../src/graph/int8/smoothing.ts';

const matrices = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
  .chain(([rows, columns]) =>
    fc.record({
      rows: fc.constant(rows),
      columns: fc.constant(columns),
      weight: fc.constant('w'),
      values: fc.float32Array({
        minLength: rows * columns,
        maxLength: rows * columns,
        min: -8,
        max: 8,
        noNaN: true,
      }),
    }),
  );
const limits = fc.constantFrom<127 | 63>(127, 63);

test('every weight is within half a step of its column, and the largest takes the last integer', () => {
  fc.assert(
    fc.property(matrices, limits, fc.boolean(), (matrix, most, smoothed) => {
      const { rows, columns, values } = matrix;
      const factors = smoothed ? Float32Array.from({ length: rows }, (_, row) => 0.25 + row) : undefined;
      const { integers, scales, columnSums } = quantizeColumns(matrix, factors, most);
      for (let column = 0; column < columns; column += 1) {
        const weights = Array.from(
          { length: rows },
          (_, row) => values[row * columns + column]! * (factors?.[row] ?? 1),
        );
        const stored = weights.map((_, row) => integers[row * columns + column]!);
        const scale = scales[column]!;
        const largest = Math.max(...weights.map(Math.abs));
        // Below that, a scale is a denormal number, and a step has few digits.
        if (largest > 1e-30) {
          expect(Math.max(...stored.map(Math.abs))).toBe(most);
          for (const [row, weight] of weights.entries()) {
            expect(Math.abs(stored[row]! * scale - weight)).toBeLessThanOrEqual(scale * (0.5 + 1e-4));
          }
        }
        const sum = stored.reduce((total, integer) => total + integer * scale, 0);
        expect(Math.abs(columnSums[column]! - sum)).toBeLessThanOrEqual(rows * most * scale * 1e-6 + 1e-30);
        expect(Math.max(...stored.map(Math.abs))).toBeLessThanOrEqual(most);
      }
    }),
  );
});

test('a column too small for a step of its own is 0, not NaN', () => {
  const matrix = { rows: 3, columns: 1, weight: 'w', values: Float32Array.of(0, -1.4e-45, 0) };
  const { integers, scales, columnSums } = quantizeColumns(matrix, undefined, 127);
  expect([...integers].map(Math.abs)).toEqual([0, 0, 0]);
  expect([scales[0], Math.abs(columnSums[0]!)]).toEqual([1, 0]);
});

test('smoothing factors take range from loud channels, and multiply to 1', () => {
  const matrix = { rows: 3, columns: 2, weight: 'w', values: Float32Array.of(1, -1, 1, 0.5, -1, 1) };
  const factors = smoothingFactors([100, 1, 0], [matrix]);
  expect(factors[0]!).toBeGreaterThan(factors[1]!);
  expect(factors[1]!).toBeGreaterThan(factors[2]!);
  expect(factors[0]! * factors[1]! * factors[2]!).toBeCloseTo(1, 4);
});
