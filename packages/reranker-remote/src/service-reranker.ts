import type { Closable, PassageScore, Reranker, RerankRequest } from '@secondpass/core';
import {
  checkRerankRequest,
  closedError,
  readableText,
  refuseBlank,
  untilAborted,
} from '@secondpass/core/extend';
import { FailedTry, splitTexts } from '@secondpass/service-client';
import { notMergeable, tooLong } from './reranker-errors.ts';
import { type ShareService, scoreShare } from './score-share.ts';
import { type ServiceQueue, serviceQueue } from './service-queue.ts';
import type { ServiceSettings } from './service-settings.ts';

interface ServiceRerankerParts {
  readonly name: string;
  readonly fingerprint: string | undefined;
  readonly settings: ServiceSettings;
  readonly prepare: ShareService['prepare'];
  /** Frees the resources that were opened for it. */
  readonly release?: () => Promise<void> | undefined;
}

/**
 * Stage 2 in a service. Made by `remoteReranker` or `aiSdkReranker`.
 *
 * @example
 * import { remoteReranker, type ServiceReranker } from '@secondpass/reranker-remote';
 * const options = { service: 'infinity', url: 'http://localhost:8080', model: 'small', version: '2026-11' } as const;
 * await using reranker: ServiceReranker = await remoteReranker(options);
 * reranker.fingerprint !== undefined; // → true
 */
export class ServiceReranker implements Reranker, Closable {
  readonly name: string;
  /** A digest of `version`, the model and how it is asked; absent without a version and for listwise models. */
  readonly fingerprint?: string;
  readonly #settings: ServiceSettings;
  readonly #share: ShareService;
  readonly #queue: ServiceQueue;
  readonly #release: ServiceRerankerParts['release'];
  readonly #closed = new AbortController();

  constructor({ name, fingerprint, settings, prepare, release }: ServiceRerankerParts) {
    this.name = name;
    if (fingerprint !== undefined) this.fingerprint = fingerprint;
    this.#settings = settings;
    this.#release = release;
    this.#queue = serviceQueue(name, settings, this.#closed.signal);
    this.#share = { name, settings, prepare, send: this.#queue.send };
  }

  /**
   * With `deadlineAt`, passages without an answer in time are `null`. If a request fails before the deadline, the call
   * fails.
   *
   * @throws RetrievalError `invalid-query`, `invalid-passage` or `invalid-options`; `reranker-unreachable`,
   * `rerank-failed` or `overloaded` as the service answers; `deadline-exceeded`; `model-output-invalid` for an answer that
   * is not one score per passage; `closed`; or the signal's reason
   */
  score(request: RerankRequest & { readonly deadlineAt?: undefined }): Promise<readonly PassageScore[]>;
  score(request: RerankRequest): Promise<readonly (PassageScore | null)[]>;
  async score(request: RerankRequest): Promise<readonly (PassageScore | null)[]> {
    request?.signal?.throwIfAborted();
    this.#closed.signal.throwIfAborted();
    checkRerankRequest(request, this.name);
    const { query, signal, deadlineAt = Infinity } = request;
    const passages = request.passages.map(readableText);
    refuseBlank(passages, this.name);
    const { limits, listwise, totalTimeoutMs } = this.#settings;
    const shares = splitTexts(passages, limits, query.length);
    if (listwise && shares.length > 1) {
      throw notMergeable(this.name, passages.length, shares[0]!.texts.length);
    }
    const scores: (PassageScore | null)[] = passages.map(() => null);
    const started = performance.now();
    if (shares.length === 0 || deadlineAt <= started) return scores;
    const endsAt = Math.min(started + totalTimeoutMs, deadlineAt);
    const left = new AbortController();
    const deadlinePassed = Symbol('deadline');
    const reason = endsAt === deadlineAt ? deadlinePassed : tooLong(this.name, totalTimeoutMs);
    const timer = setTimeout(() => left.abort(reason), endsAt - started);
    const stop = AbortSignal.any([this.#closed.signal, left.signal, ...(signal ? [signal] : [])]);
    const work = shares.map(async (share) => {
      const answers = await scoreShare(this.#share, query, share.texts, { endsAt, signal: stop });
      for (const [index, score] of answers.entries()) scores[share.start + index] = score;
    });
    try {
      // A request that still waits for its turn does not react to the signal itself.
      await untilAborted(Promise.all(work), stop);
      return scores;
    } catch (error) {
      // A copy: a late answer must not change the caller's array.
      if (error === deadlinePassed) return [...scores];
      throw error instanceof FailedTry ? error.error : error;
    } finally {
      clearTimeout(timer);
      left.abort(closedError(this.name));
    }
  }

  /** Aborts the running requests; idle connections close by themselves. Safe to call twice. */
  async close(): Promise<void> {
    this.#closed.abort(closedError(this.name));
    await this.#release?.();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
