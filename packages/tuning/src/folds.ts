import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Shuffles the numbers and deals them into `count` parts whose sizes differ by at most one. */
export function dealFolds(
  numbers: readonly number[],
  count: number,
  seed: number,
): readonly (readonly number[])[] {
  const dealt = shuffled(numbers, seed);
  return Array.from({ length: count }, (_, fold) => dealt.filter((_, place) => place % count === fold));
}

/** Shuffles by Fisher and Yates, from a seed. */
export function shuffled<T>(values: readonly T[], seed: number): T[] {
  const random = xoroshiro128plus(seed);
  const order = [...values];
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = uniformInt(random, 0, last);
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}
