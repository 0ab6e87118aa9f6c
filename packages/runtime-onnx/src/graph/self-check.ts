import type { TrialTokens } from './dimensions.ts';
import { openForTrial, type TrialBatch, type TrialSession, trialFeeds } from './model-run.ts';

/** One sequence, equal ones, padded ones: the cases that a rewrite could break. */
const batches = [[2], [11, 11], [1, 9, 5], [24, 3, 17, 24]];

/**
 * Runs the original without the runtime's own rewrites, and the optimized graph with them, on random padded batches.
 *
 * @returns the largest difference of any output, relative to the original if that is above 1; NaN if an output is not
 * a number, or has another shape
 */
export async function largestDifference(
  original: Uint8Array,
  optimized: Uint8Array,
  tokens: TrialTokens,
): Promise<number> {
  const sessions = [await openForTrial(original, 'disabled'), await openForTrial(optimized, 'all')] as const;
  try {
    let largest = 0;
    for (const [seed, lengths] of batches.entries()) {
      const [expected, actual] = [
        await outputsOf(sessions[0], { lengths, ...tokens, seed }),
        await outputsOf(sessions[1], { lengths, ...tokens, seed }),
      ];
      if (expected.length !== actual.length) return Number.NaN;
      for (const [index, value] of expected.entries()) {
        const difference = Math.abs(value - actual[index]!) / Math.max(1, Math.abs(value));
        if (!(difference <= largest)) largest = difference;
        if (Number.isNaN(difference)) return Number.NaN;
      }
    }
    return largest;
  } finally {
    await Promise.all(sessions.map((session) => session.release()));
  }
}

/** @throws Error if an output of a graph in int8 is not a number */
export async function refuseBroken(int8: Uint8Array, tokens: TrialTokens): Promise<void> {
  const session = await openForTrial(int8, 'all');
  try {
    for (const [seed, lengths] of batches.entries()) {
      const outputs = await outputsOf(session, { lengths, ...tokens, seed });
      if (!outputs.every(Number.isFinite)) throw new Error('in int8 its output is not a number');
    }
  } finally {
    await session.release();
  }
}

async function outputsOf(session: TrialSession, batch: TrialBatch): Promise<number[]> {
  const results = await session.run(trialFeeds(batch, session.inputNames));
  return session.outputNames.flatMap((name) => {
    const { data, dims } = results[name]!;
    return [...dims, ...Array.from(data as Float32Array)];
  });
}
