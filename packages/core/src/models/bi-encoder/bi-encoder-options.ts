import { z } from 'zod';
import { flag, integer, oneOf } from '../../foundation/check-options.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import { checkEncoderOptions, type EncoderOptions } from '../runtime/encoder-options.ts';
import type { CheckedEncoderOptions } from '../runtime/session-options.ts';
import { type PoolingMode, poolingModes } from './pooling.ts';

/** Text that is put before every text of a kind. */
export interface Prompts {
  /** @default what the model's files state, otherwise none */
  readonly query?: string;
  /** @default what the model's files state, otherwise none */
  readonly passage?: string;
}

/** How a bi-encoder is run, and what is put before its texts. */
export interface BiEncoderOptions extends EncoderOptions {
  /** Replaces the prompts that the model's files state; an empty string removes one. */
  readonly prompts?: Prompts;
  /**
   * How many numbers of each vector are kept, from its start; the shorter vector is scaled to length 1 again if the
   * model scales. Only a model trained for it keeps its quality (Kusupati et al. 2022, "Matryoshka Representation
   * Learning").
   * @default all that the model gives
   */
  readonly dimensions?: number;
  /**
   * For a directory without `modules.json`, or to override it: only this pooling and {@link unitLength} are applied
   * then.
   * @default what the files say
   */
  readonly pooling?: PoolingMode;
  /** With {@link pooling}: whether each vector is scaled to length 1. @default false */
  readonly unitLength?: boolean;
}

const longestPrompt = 10_000;

const prompt = z
  .custom<string>(
    (value) => typeof value === 'string' && value.length <= longestPrompt && value.isWellFormed(),
    `a well-formed string of at most ${longestPrompt} characters`,
  )
  .optional();

const shape = {
  prompts: z.strictObject({ query: prompt, passage: prompt }).optional(),
  dimensions: integer(1, 1_000_000).optional(),
  pooling: oneOf(poolingModes).optional(),
  unitLength: flag.optional(),
};

/** @throws RetrievalError `invalid-options`, whose `path` leads to the option */
export function checkBiEncoderOptions(options: BiEncoderOptions, origin: string): CheckedEncoderOptions {
  const encoder = checkEncoderOptions(options, origin, shape);
  if (options.unitLength === undefined || options.pooling !== undefined) return encoder;
  throw new RetrievalError({
    code: 'invalid-options',
    origin,
    problem: `unitLength is ${options.unitLength}, and pooling is missing.`,
    nextStep: "Give both, or leave both out for what the model's files say.",
    path: ['unitLength'],
  });
}
