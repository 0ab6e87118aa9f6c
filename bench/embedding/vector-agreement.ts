/** How alike two contenders' vectors of the same texts are. */
export interface Cosines {
  readonly least: number;
  readonly mean: number;
}

type Vectors = readonly (readonly number[])[];

/** @throws Error when a contender gives another number of vectors, or one that has no length */
export function compareVectors(theirs: Vectors, ours: Vectors): Cosines {
  if (theirs.length !== ours.length) {
    throw new Error(`It gave ${theirs.length} vectors for ${ours.length} passages.`);
  }
  const cosines = theirs.map((vector, index) => cosine(vector, ours[index]!));
  if (!cosines.every(Number.isFinite)) throw new Error('It gave a vector without a length.');
  return {
    least: Math.min(...cosines),
    mean: cosines.reduce((sum, value) => sum + value, 0) / cosines.length,
  };
}

function cosine(a: readonly number[], b: readonly number[]): number {
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, index) => sum + value * b[index]!, 0);
}
