import type { Closable } from '../../foundation/closable.ts';
import { closedError } from '../../foundation/closed-error.ts';
import { checkRerankRequest } from '../seams/check-rerank-request.ts';
import type { DefaultBlend, PassageScore, Reranker, RerankRequest } from '../seams/reranker.ts';
import { ChainMember } from './chain-member.ts';
import { FailoverCall } from './failover-call.ts';
import { checkFailoverOptions, type FailoverOptions } from './failover-options.ts';

/**
 * Rerankers in the order of preference: the next one is asked if one fails, is late, or gives invalid scores. All
 * scores of an answer come from one reranker. `onDegraded` is told if it was not the first; if all fail, the call
 * rejects.
 *
 * A caller's mistake (`invalid-query`, `invalid-passage`, `invalid-options`) or an abort rejects at once and counts
 * against no reranker. A request's deadline is split: each reranker gets half of the remaining time, and the last one
 * gets all of it.
 *
 * It has a `fingerprint` and a `defaultBlend` only if all rerankers have the same (replicas of one model). Cache
 * scores inside the chain: `cachedReranker` around each reranker, not around the chain.
 *
 * @throws RetrievalError `invalid-options`, naming the option
 *
 * @example
 * import { loadCrossEncoder } from '@secondpass/core';
 * import { failoverReranker } from '@secondpass/core/rerankers';
 * import { modelDirectory } from '@secondpass/models';
 * await using small = await loadCrossEncoder(modelDirectory('small'));
 * await using nano = await loadCrossEncoder(modelDirectory('nano'));
 * const reranker = failoverReranker({ rerankers: [{ reranker: small, timeoutMs: 2_000 }, { reranker: nano }] });
 * reranker.name; // → 'small, else nano'
 */
export function failoverReranker(options: FailoverOptions): Reranker & Closable {
  checkFailoverOptions(options);
  return new FailoverReranker(options);
}

class FailoverReranker implements Reranker, Closable {
  readonly name: string;
  readonly fingerprint?: string;
  readonly defaultBlend?: DefaultBlend;
  readonly #members: readonly ChainMember[];
  #closed = false;

  constructor({ rerankers, name }: FailoverOptions) {
    const [first, ...others] = rerankers.map(({ reranker }) => reranker);
    this.name = name ?? rerankers.map(({ reranker }) => reranker.name).join(', else ');
    const { fingerprint, defaultBlend } = first!;
    if (fingerprint !== undefined && others.every((other) => other.fingerprint === fingerprint)) {
      this.fingerprint = fingerprint;
      if (defaultBlend) this.defaultBlend = defaultBlend;
    }
    this.#members = rerankers.map((member) => new ChainMember(member));
  }

  score(request: RerankRequest & { readonly deadlineAt?: undefined }): Promise<readonly PassageScore[]>;
  score(request: RerankRequest): Promise<readonly (PassageScore | null)[]>;
  async score(request: RerankRequest): Promise<readonly (PassageScore | null)[]> {
    request?.signal?.throwIfAborted();
    if (this.#closed) throw closedError(this.name);
    checkRerankRequest(request, this.name);
    if (request.passages.length === 0) return [];
    return new FailoverCall(this.name, this.#members, request).answer();
  }

  /** Closes every reranker. */
  async close(): Promise<void> {
    this.#closed = true;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
