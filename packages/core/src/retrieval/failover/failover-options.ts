import { describeAsJson, describeValue } from '../../foundation/describe-value.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import type { Reranker } from '../seams/reranker.ts';
import type { CircuitOptions } from './circuit.ts';

/** A second request when the first is slow (Dean & Barroso 2013, "The Tail at Scale"): the first good answer wins. */
export interface HedgeOptions {
  /**
   * It is made when a call takes longer than this percentage of the last 200 did, from 1 to 99.9; never before 20 calls.
   * @default 95
   */
  readonly afterPercentile?: number;
  /** Second requests as a share of the calls, above 0 and up to 1, so that overload is not doubled. @default 0.05 */
  readonly budget?: number;
  /** Who gets it: the same reranker (another replica behind a balancer), or the next of the chain. @default 'same' */
  readonly to?: 'same' | 'next';
}

/** One reranker of a chain, and how long it is waited for. */
export interface FailoverMember {
  readonly reranker: Reranker;
  /** Longest time for one answer in milliseconds; then the next is asked. @default 10_000 */
  readonly timeoutMs?: number;
  /** When to leave it out for a while; `false`: never. */
  readonly circuit?: CircuitOptions | false;
  /** @default no second requests */
  readonly hedge?: HedgeOptions;
}

/** The rerankers of a {@link failoverReranker}. */
export interface FailoverOptions {
  /** Asked in this order, at least one. */
  readonly rerankers: readonly FailoverMember[];
  /** @default the rerankers' names joined by `, else ` */
  readonly name?: string;
}

/** @throws RetrievalError `invalid-options`, naming the option */
export function checkFailoverOptions(options: FailoverOptions): void {
  const { rerankers, name } = (options ?? {}) as FailoverOptions;
  const origin = typeof name === 'string' ? name : 'failover';
  const refuse = (problem: string, nextStep: string): never => {
    throw new RetrievalError({ code: 'invalid-options', origin, problem, nextStep });
  };
  const within = (path: string, value: number | undefined, least: number, most: number) => {
    if (value === undefined || (typeof value === 'number' && value >= least && value <= most)) return;
    refuse(`${path} is ${describeValue(value)}.`, `Use a number from ${least} to ${most}.`);
  };
  if (name !== undefined && (typeof name !== 'string' || name === '')) {
    refuse(`name is ${describeValue(name)}.`, 'Use a string that is not empty, or leave it out.');
  }
  if (!Array.isArray(rerankers) || rerankers.length === 0) {
    refuse('There are no rerankers.', 'Give at least one as rerankers: [{ reranker }].');
  }
  for (const [index, member] of rerankers.entries()) {
    const path = `rerankers[${index}]`;
    const { reranker, timeoutMs, circuit, hedge } = (member ?? {}) as FailoverMember;
    if (typeof reranker?.score !== 'function') {
      refuse(
        `${path}.reranker is not a reranker.`,
        'Give an object with name and score(), such as a CrossEncoder.',
      );
    }
    within(`${path}.timeoutMs`, timeoutMs, 1, 2 ** 31 - 1);
    if (circuit !== undefined && circuit !== false && (typeof circuit !== 'object' || circuit === null)) {
      refuse(
        `${path}.circuit is ${describeAsJson(circuit)}.`,
        'Use an object of settings, or false for none.',
      );
    }
    if (circuit) {
      within(`${path}.circuit.failures`, circuit.failures, 1, 1_000_000);
      within(`${path}.circuit.failureShare`, circuit.failureShare, 0, 1);
      within(`${path}.circuit.windowMs`, circuit.windowMs, 1, 2 ** 31 - 1);
      within(`${path}.circuit.probeAfterMs`, circuit.probeAfterMs, 1, 2 ** 31 - 1);
    }
    if (hedge !== undefined && (typeof hedge !== 'object' || hedge === null)) {
      refuse(
        `${path}.hedge is ${describeAsJson(hedge)}.`,
        'Use an object of settings, such as {}, or leave it out.',
      );
    }
    within(`${path}.hedge.afterPercentile`, hedge?.afterPercentile, 1, 99.9);
    within(`${path}.hedge.budget`, hedge?.budget, 0.001, 1);
    if (hedge?.to !== undefined && hedge.to !== 'same' && hedge.to !== 'next') {
      refuse(`${path}.hedge.to is ${describeAsJson(hedge.to)}.`, 'Use "same" or "next".');
    }
    if (hedge?.to === 'next' && index === rerankers.length - 1) {
      refuse(`${path}.hedge.to is next, and none comes after it.`, "Use to: 'same', or leave hedge out.");
    }
  }
}
