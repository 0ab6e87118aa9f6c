/** nDCG@10 with linear gain over all judged passages (Järvelin & Kekäläinen 2002). */
export function ndcgAt10(ranked: readonly string[], gains: ReadonlyMap<string, number>): number {
  const discounted = (values: readonly number[]) =>
    values.slice(0, 10).reduce((sum, gain, index) => sum + gain / Math.log2(index + 2), 0);
  const ideal = discounted([...gains.values()].sort((a, b) => b - a));
  return ideal === 0 ? 0 : discounted(ranked.map((id) => gains.get(id) ?? 0)) / ideal;
}

/** Kendall's tau-b of two lists of scores: 1 where they order alike, −1 where they order in reverse. */
export function kendallTau(a: readonly number[], b: readonly number[]): number {
  let agreeing = 0;
  let [pairsOfA, pairsOfB] = [0, 0];
  for (let i = 0; i < a.length; i += 1) {
    for (let j = 0; j < i; j += 1) {
      const [x, y] = [Math.sign(a[i]! - a[j]!), Math.sign(b[i]! - b[j]!)];
      agreeing += x * y;
      pairsOfA += x * x;
      pairsOfB += y * y;
    }
  }
  return agreeing / Math.sqrt(pairsOfA * pairsOfB);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
