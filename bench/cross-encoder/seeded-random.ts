/** Numbers in [0, 1) that depend on the seed only: Marsaglia's xorshift with 32 bits (2003). */
export function seededRandom(seed: number): () => number {
  // Zero is xorshift's one fixed point, and near seeds start near each other, hence the multiplication.
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** A copy in an order that depends on the random numbers only. */
export function shuffled<T>(values: readonly T[], random: () => number): T[] {
  const order = [...values];
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}
