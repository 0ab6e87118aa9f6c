import { describeAsJson } from '../../foundation/describe-value.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import type { EncoderOptions } from '../runtime/encoder-options.ts';
import { type PoolingMode, poolingModes } from './pooling.ts';

/** Text before every text of a kind. */
export interface Prompts {
  /** @default what the model's files say, else none */
  readonly query?: string;
  /** @default what the model's files say, else none */
  readonly passage?: string;
}

/** How a bi-encoder is run, and what is put before its texts. */
export interface BiEncoderOptions extends EncoderOptions {
  /** In place of the prompts that the model's files state; an empty one takes a stated one away. */
  readonly prompts?: Prompts;
  /**
   * Numbers kept of each vector, from its start; a model that scales to length 1 has that done again. Only a model
   * trained for it keeps its quality (Kusupati et al. 2022, "Matryoshka Representation Learning").
   * @default all that the model gives
   */
  readonly dimensions?: number;
  /** For a directory without `modules.json`, or against it: only this is done then, and {@link unitLength}. @default what the files say */
  readonly pooling?: PoolingMode;
  /** With {@link pooling}: whether each vector is scaled to length 1. @default false */
  readonly unitLength?: boolean;
}

const longestPrompt = 10_000;

/** @throws RetrievalError `invalid-options`, naming the option */
export function checkBiEncoderOptions(options: BiEncoderOptions, origin: string): void {
  const { prompts, dimensions, pooling, unitLength } = options;
  const refuse = (name: string, value: unknown, nextStep: string): never => {
    const problem = `${name} is ${describeAsJson(value, 80)}.`;
    throw new RetrievalError({ code: 'invalid-options', origin, problem, nextStep });
  };
  if (prompts !== undefined && (typeof prompts !== 'object' || prompts === null)) {
    refuse('prompts', prompts, 'Use an object with query and passage.');
  }
  for (const [kind, prompt] of Object.entries(prompts ?? {})) {
    if (kind !== 'query' && kind !== 'passage') refuse(`prompts.${kind}`, prompt, 'Use query and passage.');
    if (prompt === undefined) continue;
    if (typeof prompt !== 'string' || prompt.length > longestPrompt || !prompt.isWellFormed()) {
      refuse(`prompts.${kind}`, prompt, `Use a well-formed string of at most ${longestPrompt} characters.`);
    }
  }
  if (dimensions !== undefined && (!Number.isInteger(dimensions) || dimensions < 1)) {
    refuse('dimensions', dimensions, 'Use a positive integer.');
  }
  if (pooling !== undefined && !poolingModes.includes(pooling)) {
    refuse('pooling', pooling, `Use one of ${poolingModes.join(', ')}.`);
  }
  if (unitLength !== undefined && (typeof unitLength !== 'boolean' || pooling === undefined)) {
    refuse('unit-length', unitLength, 'Use true or false, together with pooling.');
  }
}
