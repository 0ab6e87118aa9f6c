import { type Reranker, RetrievalError } from '@secondpass/core';
import {
  type CascadeOptions,
  cascadeReranker,
  type FailoverOptions,
  failoverReranker,
} from '@secondpass/core/rerankers';
import { closingReranker } from './closing-reranker.ts';
import type { RerankerConfig } from './config/reranker-schema.ts';
import type { OpenReranker } from './open-reranker.ts';
import { present } from './present.ts';

/**
 * Joins the rerankers of a `failover` or a `cascade` block into one. If that fails, they are closed again.
 *
 * @param opened one per entry of the block, in its order
 * @param origin the name of the block in errors
 * @throws RetrievalError `invalid-config` if their settings do not fit together
 */
export async function joinRerankers(
  { failover, cascade }: Pick<RerankerConfig, 'failover' | 'cascade'>,
  opened: readonly Reranker[],
  origin: string,
): Promise<OpenReranker> {
  const parts = (failover ?? cascade ?? []).map((part, index) => ({
    ...present(part),
    reranker: opened[index]!,
  }));
  try {
    const joined = failover
      ? failoverReranker({ rerankers: parts as FailoverOptions['rerankers'] })
      : cascadeReranker({ stages: parts as CascadeOptions['stages'] });
    return closingReranker(joined, opened);
  } catch (error) {
    await Promise.allSettled(opened.map((reranker) => reranker.close?.()));
    if (!RetrievalError.is(error)) throw error;
    const { problem, nextStep } = error;
    throw new RetrievalError({ code: 'invalid-config', origin, problem, nextStep, cause: error });
  }
}
