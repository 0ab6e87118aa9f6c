/** How much two orders of the same things differ. */
export interface Displacement {
  /** Kendall's tau of the two orders, from 1 (the same) to −1 (one is the other backwards); 1 below two things. */
  readonly kendallTau: number;
  /** Share of the first `topK` that both orders have among their first `topK`, from 0 to 1; 1 for no things. */
  readonly topKOverlap: number;
  /** Whether both put the same thing first; true for no things. */
  readonly sameFirst: boolean;
}

/**
 * Compares an order with the one it came from (Kendall 1938; neither has ties).
 *
 * @param ranks the old ranks, from 1 without gaps, in the new order
 */
export function displacementOf(ranks: readonly number[], topK: number): Displacement {
  const count = ranks.length;
  const pairs = (count * (count - 1)) / 2;
  const top = Math.min(topK, count);
  const stayed = ranks.slice(0, top).filter((rank) => rank <= top).length;
  return {
    kendallTau: pairs === 0 ? 1 : 1 - (2 * mergeSort(ranks).inversions) / pairs,
    topKOverlap: top === 0 ? 1 : stayed / top,
    sameFirst: count === 0 || ranks[0] === 1,
  };
}

/** Merge sort that counts the pairs in the wrong order. */
function mergeSort(values: readonly number[]): { sorted: readonly number[]; inversions: number } {
  if (values.length < 2) return { sorted: values, inversions: 0 };
  const middle = values.length >> 1;
  const left = mergeSort(values.slice(0, middle));
  const right = mergeSort(values.slice(middle));
  const sorted: number[] = [];
  let inversions = left.inversions + right.inversions;
  let [l, r] = [0, 0];
  while (l < left.sorted.length && r < right.sorted.length) {
    if (left.sorted[l]! <= right.sorted[r]!) sorted.push(left.sorted[l++]!);
    else {
      inversions += left.sorted.length - l;
      sorted.push(right.sorted[r++]!);
    }
  }
  return { sorted: [...sorted, ...left.sorted.slice(l), ...right.sorted.slice(r)], inversions };
}
