import { z } from 'zod';
import { checkOptions, having, integer, milliseconds, text } from '../../foundation/check-options.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import type { Reranker } from '../seams/reranker.ts';
import { type EarlyExit, earlyExitSchema } from './early-exit.ts';

/** One model of a cascade, and how much it reads. */
export interface CascadeStage {
  readonly reranker: Reranker;
  /**
   * The stage reads at most this many: the best of the stage before it. Not for the first stage, which reads all.
   * @default all
   */
  readonly best?: number;
  /**
   * When the stage may stop earlier; found by {@link calibrateCascade} for this reranker after the one before it.
   * @default never
   */
  readonly exit?: EarlyExit;
  /** Longest time for one of its answers in milliseconds. @default 30_000 */
  readonly timeoutMs?: number;
}

/** The models of a {@link cascadeReranker}. */
export interface CascadeOptions {
  /** From the fastest to the best, at least two. */
  readonly stages: readonly CascadeStage[];
  /** @default the rerankers' names joined by `, then ` */
  readonly name?: string;
}

const stage = z.strictObject({
  reranker: having<Reranker>('a reranker with name and score(), such as loadCrossEncoder gives', 'score'),
  best: integer(1, 1_000_000).optional(),
  exit: earlyExitSchema.optional(),
  timeoutMs: milliseconds.optional(),
});

const schema = z.strictObject({
  stages: z.array(stage).min(2, 'two stages or more, as stages: [{ reranker }, { reranker, best: 50 }]'),
  name: text.optional(),
});

/** @throws RetrievalError `invalid-options`, whose `path` leads to the option */
export function checkCascadeOptions(options: CascadeOptions): void {
  const given: unknown = options?.name;
  const origin = typeof given === 'string' ? given : 'cascade';
  checkOptions(schema, options, { origin });
  const { stages } = options;
  const refuse = (index: number, key: keyof CascadeStage, problem: string, nextStep: string): never => {
    const path = ['stages', index, key];
    throw new RetrievalError({ code: 'invalid-options', origin, problem, nextStep, path });
  };
  for (const [index, { best, exit }] of stages.entries()) {
    const key = best === undefined ? 'exit' : 'best';
    if (index === 0 && (best !== undefined || exit !== undefined)) {
      refuse(index, key, `stages[0] has ${key}.`, 'Leave it out: the first stage reads all.');
    }
    const before = stages[index - 1]?.best ?? Number.POSITIVE_INFINITY;
    if (index > 0 && (best ?? Number.POSITIVE_INFINITY) > before) {
      refuse(
        index,
        'best',
        `stages[${index}].best is ${best ?? 'all'}, and the stage before it reads ${before}.`,
        'Let each stage read no more than the one before it.',
      );
    }
    const next = stages[index + 1];
    if (exit && next && (next.best ?? Number.POSITIVE_INFINITY) > exit.topK) {
      refuse(
        index,
        'exit',
        `stages[${index}].exit finds the best ${exit.topK}, and the stage after it reads ${next.best ?? 'all'}.`,
        `Set stages[${index + 1}].best to at most ${exit.topK}, or calibrate for more.`,
      );
    }
  }
}
