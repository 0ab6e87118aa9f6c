import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { paretoFront } from '../src/pareto-front.ts';

const points = fc.array(
  fc.record({ cost: fc.integer({ min: 1, max: 30 }), quality: fc.integer({ min: 0, max: 30 }) }),
  { minLength: 1, maxLength: 60 },
);

type Point = { readonly cost: number; readonly quality: number };
const beats = (a: Point, b: Point) =>
  a.cost <= b.cost && a.quality >= b.quality && (a.cost < b.cost || a.quality > b.quality);

test('no point beats one on the front, and every other point is beaten or equalled by one that is on it', () => {
  fc.assert(
    fc.property(points, (all) => {
      const front = paretoFront(all);
      for (const index of front) expect(all.some((other) => beats(other, all[index]!))).toBe(false);
      for (const [index, point] of all.entries()) {
        const covered = front.some(
          (one) => one === index || beats(all[one]!, point) || equal(all[one]!, point),
        );
        expect(covered).toBe(true);
      }
    }),
  );
});

test('along the front cost and quality both rise', () => {
  fc.assert(
    fc.property(points, (all) => {
      const front = paretoFront(all).map((index) => all[index]!);
      for (const [index, point] of front.slice(1).entries()) {
        expect(point.cost).toBeGreaterThan(front[index]!.cost);
        expect(point.quality).toBeGreaterThan(front[index]!.quality);
      }
    }),
  );
});

function equal(a: Point, b: Point): boolean {
  return a.cost === b.cost && a.quality === b.quality;
}
