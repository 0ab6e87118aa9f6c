import type { StoredDocument } from '@secondpass/core';

/** A small seeded generator (mulberry32), so that every engine gets the same vectors. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const dimensions = 384;

/** Unit vectors around 200 centers: embeddings of text are clustered, and evenly spread vectors defeat every index. */
export function clusteredVectors(seed: number): () => Float32Array {
  const random = seededRandom(20261123);
  const centers = Array.from({ length: 200 }, () => gaussian(random));
  const own = seededRandom(seed);
  return () => {
    const center = centers[Math.floor(own() * centers.length)]!;
    const noise = gaussian(own);
    const vector = center.map((value, index) => value + 0.7 * noise[index]!);
    const length = Math.hypot(...vector);
    return vector.map((value) => value / length);
  };
}

/** Documents of about 80 words, made up: their text only has to have the length of a passage. */
export function* documents(count: number): Generator<StoredDocument> {
  const next = clusteredVectors(1);
  for (let index = 0; index < count; index += 1) {
    yield {
      id: `passage-${index}`,
      text: `passage ${index} `.repeat(40),
      payload: { number: index, even: index % 2 === 0 },
      digest: `${index}`,
      vector: next(),
    };
  }
}

function gaussian(random: () => number): Float32Array {
  return Float32Array.from(
    { length: dimensions },
    () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()),
  );
}
