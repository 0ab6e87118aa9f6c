/**
 * Whether lists and objects are nested at most `levels` deep: 1 for a flat list. False for a cyclic value.
 *
 * @param levels how deep, from 0
 *
 * @example
 * import { isNestedWithin } from '@secondpass/core/extend';
 * isNestedWithin([1, 2], 1); // → true
 * isNestedWithin([[1]], 1); // → false
 */
export function isNestedWithin(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => isNestedWithin(inner, levels - 1));
}
