import type { Closable, Embedder, EmbedRequest } from '@secondpass/core';
import { checkEmbedRequest, closedError, refuseBlank, untilAborted } from '@secondpass/core/extend';
import { FailedTry, type ShareLimits, splitTexts } from '@secondpass/service-client';
import pLimit, { type LimitFunction } from 'p-limit';
import { askVectors, type VectorService } from './ask-vectors.ts';
import type { RemoteOptions } from './remote-options.ts';
import { tooLong } from './too-long.ts';

interface RemoteEmbedderParts {
  readonly name: string;
  readonly fingerprint: string;
  readonly dimensions: number;
  readonly model: string | undefined;
  readonly service: VectorService;
  readonly limits: RequestLimits;
  readonly prompts: NonNullable<RemoteOptions['prompts']>;
}

export interface RequestLimits extends ShareLimits {
  readonly concurrency: number;
  readonly totalTimeoutMs: number;
}

/**
 * A bi-encoder behind HTTP. Made by `openAiEmbedder`, `teiEmbedder`, `ollamaEmbedder` or `embedderFromConfig`.
 *
 * @example
 * import { openAiEmbedder, type RemoteEmbedder } from '@secondpass/embedder-remote';
 * const options = { url: 'http://localhost:8080/v1', model: 'bi-encoder', timeoutMs: 5_000 };
 * await using embedder: RemoteEmbedder = await openAiEmbedder(options);
 * embedder.model; // → 'bi-encoder'
 */
export class RemoteEmbedder implements Embedder, Closable {
  readonly name: string;
  /**
   * A digest of the dialect, the requested and the reported model name, the revision if the service reports one, the
   * vectors' length, and how passages are sent. If a service changes the weights under the same name, the digest stays.
   */
  readonly fingerprint: string;
  readonly dimensions: number;
  /** The model's name as the service reports it. */
  readonly model: string | undefined;
  readonly #parts: RemoteEmbedderParts;
  readonly #limit: LimitFunction;
  readonly #closed = new AbortController();

  constructor(parts: RemoteEmbedderParts) {
    this.name = parts.name;
    this.fingerprint = parts.fingerprint;
    this.dimensions = parts.dimensions;
    this.model = parts.model;
    this.#parts = parts;
    this.#limit = pLimit(parts.limits.concurrency);
  }

  /**
   * @throws RetrievalError `invalid-passage`; `embedder-unreachable`, `embed-failed` or `overloaded` as the service
   * answers; `deadline-exceeded`; `model-output-invalid` or `dimension-mismatch` for an answer without the requested
   * vectors; `closed`; or the signal's reason
   */
  async embed(request: EmbedRequest): Promise<readonly Float32Array[]> {
    request?.signal?.throwIfAborted();
    this.#closed.signal.throwIfAborted();
    checkEmbedRequest(request, this.name);
    const { texts, kind, signal } = request;
    refuseBlank(texts, this.name);
    const { service, prompts, limits } = this.#parts;
    const prompt = prompts[kind] ?? '';
    const batches = splitTexts(
      texts.map((text) => prompt + text),
      limits,
    );
    const failure = new AbortController();
    const stop = AbortSignal.any([this.#closed.signal, failure.signal, ...(signal ? [signal] : [])]);
    const timer = setTimeout(() => failure.abort(tooLong(this.name, limits)), limits.totalTimeoutMs);
    const endsAt = performance.now() + limits.totalTimeoutMs;
    const vectors: Float32Array[] = new Array(texts.length);
    const runs = batches.map(({ start, texts: share }) =>
      this.#limit(async () => {
        stop.throwIfAborted();
        const answers = await askVectors(service, { texts: share, kind, endsAt }, stop);
        for (const [index, vector] of answers.entries()) vectors[start + index] = vector;
      }),
    );
    try {
      // A request that still waits for its turn does not react to the signal itself.
      await untilAborted(Promise.all(runs), stop);
      return vectors;
    } catch (error) {
      const reported = error instanceof FailedTry ? error.error : error;
      failure.abort(reported);
      throw reported;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Aborts the running requests; idle connections close by themselves. Safe to call twice. */
  async close(): Promise<void> {
    this.#closed.abort(closedError(this.name));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
