import type { StoredDocument } from '@secondpass/core';

/** Documents with clustered vectors, as embeddings are; the same in every run. */
export function randomDocuments(count: number, dimensions: number): StoredDocument[] {
  const random = normal(7);
  const centers = Array.from({ length: 40 }, () => Array.from({ length: dimensions }, random));
  return Array.from({ length: count }, (_, index) => ({
    id: `document ${index}`,
    text: `Passage ${index} tells of what happened in the year ${index}.`,
    vector: Float32Array.from(centers[index % centers.length]!, (value) => value + 0.7 * random()),
    payload: { number: index, rare: index % 500 === 0, parity: index % 2 === 0 ? 'even' : 'odd' },
    digest: `digest ${index}`,
  }));
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

export function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, index) => sum + value * b[index]!, 0);
}
