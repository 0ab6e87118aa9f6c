import { describeValue } from '../../foundation/describe-value.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';

/**
 * What an embedder answers is checked before it is used: it may be anybody's. Whether the numbers are finite and as many as an
 * index wants is for the source or writer to say.
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
      nextStep: 'Mend the embedder: embed() resolves to a list with one Float32Array for each text.',
    });
  };
  if (!Array.isArray(vectors)) return refuse(`The embedder answers ${describeValue(vectors)}, not a list.`);
  if (vectors.length !== count)
    refuse(`The embedder answers ${vectors.length} vectors, and ${count} were asked for.`);
  for (const [index, vector] of vectors.entries()) {
    // By kind and not by class: an array of another realm (a worker, a test runner) has another Float32Array.
    if ((ArrayBuffer.isView(vector) && !(vector instanceof DataView)) || Array.isArray(vector)) continue;
    refuse(`Vector ${index} of what the embedder answers is ${describeValue(vector)}.`);
  }
  return vectors as readonly Float32Array[];
}
