import { RetrievalError } from '@secondpass/core';
import type { TokenVectors } from '@secondpass/core/extend';
import type { OutputRow } from '@secondpass/core/runtime';
import type { MarkedSequence } from './marked-sequence.ts';

/**
 * One text's token vectors out of a batch's output: without padding and skipped tokens, each scaled to length 1.
 *
 * @throws RetrievalError `model-output-invalid` when the output is not a list of vectors, or a number is not finite
 */
export function keptTokens(
  { data, dims }: OutputRow,
  { ids, tokensCut }: MarkedSequence,
  skipped: ReadonlySet<number>,
  origin: string,
): TokenVectors {
  const [tokens = 0, dimensions = 0] = dims;
  if (dims.length !== 2 || tokens < ids.length || dimensions === 0) {
    throw invalidOutput(
      origin,
      `A text of ${ids.length} tokens gives an output of shape [${dims.join(', ')}]`,
    );
  }
  const places = [...ids.keys()].filter((place) => !skipped.has(ids[place]!));
  const values = new Float32Array(places.length * dimensions);
  for (const [row, place] of places.entries()) {
    let squares = 0;
    for (let at = 0; at < dimensions; at += 1) squares += data[place * dimensions + at]! ** 2;
    if (!Number.isFinite(squares))
      throw invalidOutput(origin, 'A token vector has a number that is not finite');
    const length = Math.sqrt(squares) || 1;
    for (let at = 0; at < dimensions; at += 1) {
      values[row * dimensions + at] = data[place * dimensions + at]! / length;
    }
  }
  return { dimensions, values, scale: 1, tokensCut };
}

function invalidOutput(origin: string, problem: string): RetrievalError {
  return new RetrievalError({
    code: 'model-output-invalid',
    origin,
    problem: `${problem}.`,
    nextStep:
      'Export the graph with a vector for every token, and check that all files belong to the same model.',
  });
}
