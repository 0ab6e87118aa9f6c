/** A point in cost (any unit, lower is better) and quality (higher is better). */
export interface FrontPoint {
  /** In any unit; lower is better. */
  readonly cost: number;
  /** On any scale; higher is better. */
  readonly quality: number;
}

/**
 * The indices of the points on the Pareto front: no other point is as cheap and better, or as good and cheaper.
 * Cheapest first, so cost and quality both rise. Of equal points the first is kept.
 *
 * @example
 * import { paretoFront } from '@secondpass/tuning';
 * paretoFront([{ cost: 3, quality: 0.6 }, { cost: 1, quality: 0.5 }, { cost: 2, quality: 0.4 }]); // → [ 1, 0 ]
 */
export function paretoFront(points: readonly FrontPoint[]): readonly number[] {
  const order = [...points.keys()].sort(
    (a, b) => points[a]!.cost - points[b]!.cost || points[b]!.quality - points[a]!.quality || a - b,
  );
  const front: number[] = [];
  let best = -Infinity;
  for (const index of order) {
    if (points[index]!.quality <= best) continue;
    best = points[index]!.quality;
    front.push(index);
  }
  return front;
}
