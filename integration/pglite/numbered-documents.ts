import type { Document, Embedder } from '@secondpass/core';

export const numberedDocuments: readonly Document[] = Array.from({ length: 2000 }, (_, index) => ({
  id: `document ${index}`,
  text: `The number of this passage is ${index}.`,
  payload: { number: index },
}));

/** Puts number n on the unit circle, at n milliradians. */
export const embedder: Embedder = {
  name: 'circle',
  dimensions: 2,
  embed: async ({ texts }) =>
    texts.map((text) => {
      const angle = Number(/\d+/.exec(text)?.[0]) / 1000;
      return Float32Array.of(Math.cos(angle), Math.sin(angle));
    }),
};
