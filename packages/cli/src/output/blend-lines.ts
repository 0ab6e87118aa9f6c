import type { Ranking } from '@secondpass/core';

/** Says that both stages ordered the hits, because a hit can then have a higher score than the one above it; no line without a blend. */
export function blendLines({ blend }: Pick<Ranking, 'blend'>): readonly string[] {
  return blend === undefined ? [] : [`ordered by both stages, stage 1 weighs ${blend}`];
}
