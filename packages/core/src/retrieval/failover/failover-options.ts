import { z } from 'zod';
import {
  checkOptions,
  having,
  integer,
  milliseconds,
  number,
  oneOf,
  text,
} from '../../foundation/check-options.ts';
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
  /**
   * The most second requests, as a share of the calls, above 0 and up to 1, so that hedging does not double an
   * overload.
   * @default 0.05
   */
  readonly budget?: number;
  /**
   * Which reranker gets it: the same one (another replica behind a balancer), or the next of the chain.
   * @default 'same'
   */
  readonly to?: 'same' | 'next';
}

/** One reranker of a chain, and how long it is waited for. */
export interface FailoverMember {
  readonly reranker: Reranker;
  /** Longest time for one answer in milliseconds; then the next is asked. @default 10_000 */
  readonly timeoutMs?: number;
  /** When to skip the reranker for a while; `false`: never. */
  readonly circuit?: CircuitOptions | false;
  /** @default no second requests */
  readonly hedge?: HedgeOptions;
}

/** The rerankers of a {@link failoverReranker}. */
export interface FailoverOptions {
  /** Rerankers in the order in which they are asked; at least one. */
  readonly rerankers: readonly FailoverMember[];
  /** @default the rerankers' names joined by `, else ` */
  readonly name?: string;
}

const circuit = z.strictObject({
  failures: integer(1, 1_000_000).optional(),
  failureShare: number(0, 1).optional(),
  windowMs: milliseconds.optional(),
  probeAfterMs: milliseconds.optional(),
});

const member = z.strictObject({
  reranker: having<Reranker>('a reranker with name and score(), such as loadCrossEncoder gives', 'score'),
  timeoutMs: milliseconds.optional(),
  circuit: z
    .union([z.literal(false), circuit], { error: 'an object of settings, or false for none' })
    .optional(),
  hedge: z
    .strictObject({
      afterPercentile: number(1, 99.9).optional(),
      budget: number(0.001, 1).optional(),
      to: oneOf(['same', 'next']).optional(),
    })
    .optional(),
});

const schema = z.strictObject({
  rerankers: z.array(member).min(1, 'at least one, as rerankers: [{ reranker }]'),
  name: text.optional(),
});

/** @throws RetrievalError `invalid-options`, whose `path` leads to the option */
export function checkFailoverOptions(options: FailoverOptions): void {
  const given: unknown = options?.name;
  const origin = typeof given === 'string' ? given : 'failover';
  checkOptions(schema, options, { origin });
  const last = options.rerankers.length - 1;
  if (options.rerankers[last]?.hedge?.to !== 'next') return;
  throw new RetrievalError({
    code: 'invalid-options',
    origin,
    problem: `rerankers[${last}].hedge.to is next, and none comes after it.`,
    nextStep: "Use to: 'same', or leave hedge out.",
    path: ['rerankers', last, 'hedge', 'to'],
  });
}
