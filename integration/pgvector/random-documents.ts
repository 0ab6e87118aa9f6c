import type { StoredDocument } from '@secondpass/core';

/** Documents with clustered vectors, as embeddings are; the same in every run. */
export function randomDocuments(count: number, dimensions: number): StoredDocument[] {
  const random = normal(7);
  const centers = Array.from({ length: 40 }, () => Array.from({ length: dimensions }, random));
  return Array.from({ length: count }, (_, index) => {
    const center = centers[index % centers.length]!;
    return {
      id: `document ${index}`,
      // As long as a passage is: beside very short rows PostgreSQL rightly prefers reading the whole table.
      text: `Passage ${index} tells of what happened in the year ${index}. `.repeat(10),
      vector: Float32Array.from(center, (value) => value + 0.7 * random()),
      payload: { number: index, rare: index % 500 === 0, parity: index % 2 === 0 ? 'even' : 'odd' },
      digest: `digest ${index}`,
    };
  });
}

/** Normally distributed numbers (Box–Muller over a linear congruential generator). */
function normal(seed: number): () => number {
  let state = seed;
  const uniform = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 1) / (2 ** 32 + 1);
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}
