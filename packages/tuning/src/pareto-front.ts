export interface FrontPoint {
  readonly cost: number;
  readonly quality: number;
}

/**
 * The indices of the points that no other beats: none is as cheap and better, or as good and cheaper. Cheapest first, so
 * that cost and quality both rise. Of equal points the first stays.
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
