import type { Dimension } from '../dimensions.ts';

/**
 * The target of a `Reshape` as a constant: 0 copies the input's size at the same place, −1 stands for the remaining
 * size.
 *
 * @returns `undefined` if two sizes would remain
 */
export function reshapeTarget(
  before: readonly Dimension[],
  after: readonly Dimension[],
): readonly number[] | undefined {
  const target = after.map((dimension, axis) => {
    if (typeof dimension === 'number') return dimension;
    return dimension !== 'other' && before[axis] === dimension ? 0 : -1;
  });
  // A size of 0 would be read as a copy.
  if (after.includes(0) || target.filter((size) => size === -1).length > 1) return undefined;
  return target;
}
