/**
 * The known name that a misspelt one most likely stands for, or `undefined` where none is near: the one that needs the
 * fewest letters inserted, deleted or replaced (Levenshtein).
 *
 * @example
 * import { nearestName } from '@secondpass/core/extend';
 * nearestName('topk', ['depth', 'topK']); // → 'topK'
 * nearestName('color', ['depth', 'topK']); // → undefined
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const plain = (written: string) => written.toLowerCase().replaceAll(/[-_]/g, '');
  const [best] = known
    .map((candidate) => ({ candidate, changes: changesBetween(plain(name), plain(candidate)) }))
    .sort((a, b) => a.changes - b.changes);
  const likely = name.length < 4 ? 1 : Math.max(2, Math.floor(name.length / 3));
  return best && best.changes <= likely ? best.candidate : undefined;
}

function changesBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length]!;
}
