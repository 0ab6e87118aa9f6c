import { RetrievalError } from '@secondpass/core';

/**
 * The scales of services' scores: probabilities from 0 to 1, logits of any size, or cosines from -1 to 1.
 */
export const scoreScales = ['probability', 'logit', 'cosine'] as const;
/** What a service's scores are. */
export type RemoteScale = (typeof scoreScales)[number];

/** Rounding in float32 may exceed the end of a scale by this much. */
const slack = 1e-5;

const ends: Readonly<Record<RemoteScale, readonly [least: number, most: number]>> = {
  probability: [0, 1],
  logit: [-Number.MAX_VALUE, Number.MAX_VALUE],
  cosine: [-1, 1],
};

/**
 * Converts a service's score to a relevance from 0 to 1, in float64; a higher score gives a higher relevance.
 *
 * @throws RetrievalError `model-output-invalid` for a score outside the scale: the service must use another scale
 */
export function relevanceOf(rawScore: number, scale: RemoteScale, origin: string): number {
  const [least, most] = ends[scale];
  if (rawScore < least - slack || rawScore > most + slack) {
    throw new RetrievalError({
      code: 'model-output-invalid',
      origin,
      problem: `The service gave the score ${rawScore}, which is not a ${scale}.`,
      nextStep: `Set the scale of its model: scale: ${scoreScales.filter((other) => other !== scale).join(' or ')}.`,
    });
  }
  if (scale === 'probability') return Math.min(1, Math.max(0, rawScore));
  if (scale === 'cosine') return Math.min(1, Math.max(0, (rawScore + 1) / 2));
  // Two formulas, because exp overflows for large positive numbers and not for negative ones.
  if (rawScore >= 0) return 1 / (1 + Math.exp(-rawScore));
  const odds = Math.exp(rawScore);
  return odds / (1 + odds);
}
