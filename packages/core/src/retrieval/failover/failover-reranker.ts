import type { Closable } from '../../foundation/closable.ts';
import { closedError } from '../../foundation/closed-error.ts';
import { checkRerankRequest } from '../seams/check-rerank-request.ts';
import type { DefaultBlend, PassageScore, Reranker, RerankRequest } from '../seams/reranker.ts';
import { ChainMember } from './chain-member.ts';
import { FailoverCall } from './failover-call.ts';
import { checkFailoverOptions, type FailoverOptions } from './failover-options.ts';

/**
 * Rerankers in the order in which they are trusted: the next is asked when one fails, is late, or gave answers that cannot
 * be scores. All scores of an answer are one reranker's. `onDegraded` is told when it was not the first; when each one
 * failed, the call rejects.
 *
 * What the caller did wrong (`invalid-query`, `invalid-passage`, `invalid-options`) and aborts go back at once, and count
 * against no reranker. A request's deadline is split: one that has others behind it gets half of what is left, the last all.
 *
 * It has a `fingerprint` and a `defaultBlend` only where all rerankers have the same (replicas of one model). Keep scores inside the chain:
 * `cachedReranker` around each reranker, not around the chain.
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
