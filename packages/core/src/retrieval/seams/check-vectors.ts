import { describeValue } from '../../foundation/describe-value.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';

/**
 * Checks an embedder's answer before it is used, because an embedder may be third-party code. The source or writer
 * checks that the numbers are finite and that their count fits the index.
 *
 * @returns the vectors, as many as texts were given
 * @throws RetrievalError `embed-failed`
 */
export function checkVectors(vectors: unknown, count: number, origin: string): readonly Float32Array[] {
  const refuse = (problem: string): never => {
    throw new RetrievalError({
      code: 'embed-failed',
      origin,
      problem,
      nextStep: 'Fix the embedder: embed() resolves to a list with one Float32Array for each text.',
    });
  };
  if (!Array.isArray(vectors)) return refuse(`The embedder answers ${describeValue(vectors)}, not a list.`);
  if (vectors.length !== count)
    refuse(`The embedder answers ${vectors.length} vectors, and ${count} were asked for.`);
  for (const [index, vector] of vectors.entries()) {
    // Not by `instanceof`: an array of another realm (a worker, a test runner) has another Float32Array.
    if ((ArrayBuffer.isView(vector) && !(vector instanceof DataView)) || Array.isArray(vector)) continue;
    refuse(`Vector ${index} of the embedder's answer is ${describeValue(vector)}.`);
  }
  return vectors as readonly Float32Array[];
}
