import { describeValue } from '../../foundation/describe-value.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import type { Reranker } from '../seams/reranker.ts';
import { checkEarlyExit, type EarlyExit } from './early-exit.ts';

/** One model of a cascade, and how much it reads. */
export interface CascadeStage {
  readonly reranker: Reranker;
  /** It reads at most so many, the best by the stage before it; not for the first, which reads all. @default all */
  readonly best?: number;
  /** When it may stop sooner; found by {@link calibrateCascade} for this reranker after the one before it. @default never */
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

/** @throws RetrievalError `invalid-options`, naming the option */
export function checkCascadeOptions(options: CascadeOptions): void {
  const { stages, name } = (options ?? {}) as CascadeOptions;
  const origin = typeof name === 'string' ? name : 'cascade';
  const refuse = (problem: string, nextStep: string): never => {
    throw new RetrievalError({ code: 'invalid-options', origin, problem, nextStep });
  };
  if (name !== undefined && (typeof name !== 'string' || name === '')) {
    refuse(`name is ${describeValue(name)}.`, 'Use a string that is not empty, or leave it out.');
  }
  if (!Array.isArray(stages) || stages.length < 2) {
    refuse(
      'There are fewer than two stages.',
      'Give at least two as stages: [{ reranker }, { reranker, best: 50 }].',
    );
  }
  for (const [index, stage] of stages.entries()) {
    const { reranker, best, exit, timeoutMs } = (stage ?? {}) as CascadeStage;
    const path = `stages[${index}]`;
    if (typeof reranker?.score !== 'function') {
      refuse(
        `${path}.reranker is not a reranker.`,
        'Give an object with name and score(), such as a CrossEncoder.',
      );
    }
    if (index === 0 && (best !== undefined || exit !== undefined)) {
      refuse(
        `${path} has ${best === undefined ? 'exit' : 'best'}.`,
        'Leave it out: the first stage reads all.',
      );
    }
    if (best !== undefined && (!Number.isInteger(best) || best < 1)) {
      refuse(`${path}.best is ${describeValue(best)}.`, 'Use an integer from 1.');
    }
    const before = stages[index - 1]?.best ?? Number.POSITIVE_INFINITY;
    if (index > 0 && (best ?? Number.POSITIVE_INFINITY) > before) {
      refuse(
        `${path}.best is ${best ?? 'all'}, and the stage before it reads ${before}.`,
        'Let each stage read no more than the one before it.',
      );
    }
    if (
      timeoutMs !== undefined &&
      !(typeof timeoutMs === 'number' && timeoutMs >= 1 && timeoutMs <= 2 ** 31 - 1)
    ) {
      refuse(`${path}.timeoutMs is ${describeValue(timeoutMs)}.`, 'Use a number of milliseconds from 1.');
    }
    if (exit === undefined) continue;
    checkEarlyExit(exit, origin, `${path}.exit`);
    const next = stages[index + 1];
    if (next && (next.best ?? Number.POSITIVE_INFINITY) > exit.topK) {
      refuse(
        `${path}.exit finds the best ${exit.topK}, and the stage after it reads ${next.best ?? 'all'}.`,
        `Set stages[${index + 1}].best to at most ${exit.topK}, or calibrate for more.`,
      );
    }
  }
}
