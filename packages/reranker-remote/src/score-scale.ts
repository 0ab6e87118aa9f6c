import { RetrievalError } from '@secondpass/core';

/**
 * What a service's numbers are: probabilities from 0 to 1, logits of any size, or cosines from -1 to 1.
 */
export const scoreScales = ['probability', 'logit', 'cosine'] as const;
/** What a service's scores are. */
export type RemoteScale = (typeof scoreScales)[number];

/** Arithmetic in float32 steps this far over an end of a scale. */
const slack = 1e-5;

const ends: Readonly<Record<RemoteScale, readonly [least: number, most: number]>> = {
  probability: [0, 1],
  logit: [-Number.MAX_VALUE, Number.MAX_VALUE],
  cosine: [-1, 1],
};

/**
 * A service's number → relevance from 0 to 1, rising with it, in float64.
 *
 * @throws RetrievalError `model-output-invalid` for a number that the scale cannot have: it is another one
 */
export function relevanceOf(rawScore: number, scale: RemoteScale, origin: string): number {
  const [least, most] = ends[scale];
  if (rawScore < least - slack || rawScore > most + slack) {
    throw new RetrievalError({
      code: 'model-output-invalid',
      origin,
      problem: `The service gave the score ${rawScore}, which is no ${scale}.`,
      nextStep: `State the scale of its model: scale: ${scoreScales.filter((other) => other !== scale).join(' or ')}.`,
    });
  }
  if (scale === 'probability') return Math.min(1, Math.max(0, rawScore));
  if (scale === 'cosine') return Math.min(1, Math.max(0, (rawScore + 1) / 2));
  // Written twice because exp of a large positive number overflows, and of a negative one does not.
  if (rawScore >= 0) return 1 / (1 + Math.exp(-rawScore));
  const odds = Math.exp(rawScore);
  return odds / (1 + odds);
}
