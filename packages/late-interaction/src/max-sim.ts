import { type TokenVectors, tokenCount } from '@secondpass/core/extend';
import type { EventLoopTurns } from './event-loop-turns.ts';

/** Query tokens that share each read of a passage token; registers hold four sums per passage token. */
const queryBlock = 4;
/** Multiplications between two checks of the clock: about a millisecond. */
const multiplicationsAtATime = 1_000_000;

/** A query's token vectors in the inner loop's form: float64, padded with zeros to a multiple of four tokens. */
export interface MaxSimQuery {
  readonly values: Float64Array;
  readonly tokens: number;
  readonly dimensions: number;
}

export function prepareMaxSim(query: TokenVectors): MaxSimQuery {
  const { dimensions, values, scale } = query;
  const tokens = tokenCount(query);
  const prepared = new Float64Array(Math.ceil(tokens / queryBlock) * queryBlock * dimensions);
  for (let index = 0; index < values.length; index += 1) prepared[index] = values[index]! * scale;
  return { values: prepared, tokens, dimensions };
}

/**
 * MaxSim (Khattab & Zaharia 2020, "ColBERT"): for each token of the query, the largest dot product with a token of
 * the passage, summed in float64. It yields to the event loop between parts of a passage.
 *
 * @param passage at least one token, of the query's dimensions
 * @returns a number from −tokens to tokens if all vectors have length 1
 */
export async function maxSim(
  query: MaxSimQuery,
  passage: TokenVectors,
  turns: EventLoopTurns,
): Promise<number> {
  const best = new Float64Array(query.values.length / query.dimensions).fill(Number.NEGATIVE_INFINITY);
  const tokens = tokenCount(passage);
  // With only one type of array, the inner loop runs twice as fast.
  const values = passage.values instanceof Int8Array ? new Float32Array(passage.values) : passage.values;
  const step = Math.max(2, Math.floor(multiplicationsAtATime / query.values.length));
  for (let from = 0; from < tokens; from += step) {
    raiseBest(best, query, values, from, Math.min(from + step, tokens));
    await turns.pause();
  }
  let sum = 0;
  for (let token = 0; token < query.tokens; token += 1) sum += best[token]! * passage.scale;
  return sum;
}

/** Two passage tokens and four query tokens at a time: eight sums for six reads. */
function raiseBest(
  best: Float64Array,
  { values: query, dimensions }: MaxSimQuery,
  passage: Float32Array,
  from: number,
  to: number,
): void {
  for (let token = from; token < to; token += 2) {
    const first = token * dimensions;
    // With an odd number of tokens the last one is paired with itself, which changes no maximum.
    const second = token + 1 < to ? first + dimensions : first;
    for (let block = 0; block < best.length; block += queryBlock) {
      const q0 = block * dimensions;
      const q1 = q0 + dimensions;
      const q2 = q1 + dimensions;
      const q3 = q2 + dimensions;
      let a0 = 0;
      let a1 = 0;
      let a2 = 0;
      let a3 = 0;
      let b0 = 0;
      let b1 = 0;
      let b2 = 0;
      let b3 = 0;
      for (let at = 0; at < dimensions; at += 1) {
        const a = passage[first + at]!;
        const b = passage[second + at]!;
        const x0 = query[q0 + at]!;
        const x1 = query[q1 + at]!;
        const x2 = query[q2 + at]!;
        const x3 = query[q3 + at]!;
        a0 += a * x0;
        a1 += a * x1;
        a2 += a * x2;
        a3 += a * x3;
        b0 += b * x0;
        b1 += b * x1;
        b2 += b * x2;
        b3 += b * x3;
      }
      best[block] = Math.max(best[block]!, a0, b0);
      best[block + 1] = Math.max(best[block + 1]!, a1, b1);
      best[block + 2] = Math.max(best[block + 2]!, a2, b2);
      best[block + 3] = Math.max(best[block + 3]!, a3, b3);
    }
  }
}
