import { RetrievalError } from '@secondpass/core';

/** @throws RetrievalError `invalid-options`, before any model is loaded */
export function checkTopK(topK: number, depth: number, origin: string): void {
  if (topK <= depth) return;
  throw new RetrievalError({
    code: 'invalid-options',
    origin,
    problem: `--top-k is ${topK}, above the depth of ${depth}.`,
    nextStep: 'Stage 2 can return at most what stage 1 gives it: raise --depth or lower --top-k.',
  });
}
