import { describeValue } from '@secondpass/core/extend';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { refuse } from './evaluation-error.ts';

/** A seeded random generator: the same seed gives the same numbers on every machine. */
export interface Random {
  /** 32 random bits. */
  bits(): number;
  /** An integer from 0 to `end - 1`. */
  below(end: number): number;
}

/** @throws RetrievalError `invalid-options` unless the seed is an integer of 32 bits */
export function seededRandom(seed: number): Random {
  if (!Number.isInteger(seed) || seed < 0 || seed > 2 ** 32 - 1) {
    throw refuse(`seed is ${describeValue(seed)}.`, 'Use an integer from 0 to 4,294,967,295.');
  }
  const generator = xoroshiro128plus(seed | 0);
  return {
    bits: () => generator.next(),
    below: (end) => uniformInt(generator, 0, end - 1),
  };
}
