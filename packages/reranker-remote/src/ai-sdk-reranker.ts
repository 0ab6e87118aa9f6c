import { createHash } from 'node:crypto';
import { untilAborted } from '@secondpass/core/extend';
import { defaultTimeoutMs } from '@secondpass/service-client';
import { aiSdkFailure } from './ai-sdk-failure.ts';
import { checkAiSdkOptions } from './check-remote-options.ts';
import type { ScoringOptions } from './remote-reranker-options.ts';
import { ServiceReranker } from './service-reranker.ts';
import { serviceSettings } from './service-settings.ts';

/** The part of the AI SDK's `RerankingModelV3` and `RerankingModelV4` that is used. */
export interface AiSdkRerankingModel {
  readonly provider: string;
  readonly modelId: string;
  doRerank(options: {
    documents: { type: 'text'; values: string[] };
    query: string;
    abortSignal?: AbortSignal;
    headers?: Record<string, string>;
  }): PromiseLike<{
    ranking: { index: number; relevanceScore: number }[];
    response?: { headers?: Record<string, string> };
  }>;
}

/** A reranking model of the AI SDK, and how it is asked. */
export interface AiSdkRerankerOptions extends ScoringOptions {
  /** A model of any provider, such as `cohere.reranking('rerank-v3.5')`; the provider holds the key and the address. */
  readonly model: AiSdkRerankingModel;
  /** Sent with each request by providers behind HTTP. No error shows their values. @default none */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * Stage 2 by a reranking model of the AI SDK. The SDK states neither the scale of scores nor the largest request: the
 * defaults here are probabilities (`scale`) and 1000 passages (`maxDocuments`).
 *
 * @throws RetrievalError `invalid-options`
 *
 * @example
 * import { createCohere } from '@ai-sdk/cohere';
 * import { aiSdkReranker } from '@secondpass/reranker-remote';
 * const cohere = createCohere({ baseURL: 'http://localhost:8080/v2', apiKey: 'none' }); // or createCohere({ apiKey })
 * await using reranker = aiSdkReranker({ model: cohere.reranking('small') });
 * const scores = await reranker.score({ query: 'bread', passages: ['Yeast makes dough rise.'] });
 * scores.length; // → 1
 */
export function aiSdkReranker(options: AiSdkRerankerOptions): ServiceReranker {
  const { model, headers = {}, timeoutMs = defaultTimeoutMs, version, listwise } = checkAiSdkOptions(options);
  const name = options.name ?? `${model.provider}:${model.modelId}`;
  const settings = serviceSettings(options, {
    scale: 'probability',
    limits: { documents: 1000 },
    closeAbandoned: true,
  });
  const identity = [model.provider, model.modelId, version, settings.scale];
  return new ServiceReranker({
    name,
    fingerprint:
      version === undefined || listwise
        ? undefined
        : createHash('sha256').update(JSON.stringify(identity)).digest('hex'),
    settings,
    prepare: async (query, passages) => ({
      async send(signal) {
        const timeout = AbortSignal.timeout(timeoutMs);
        const abortSignal = AbortSignal.any([signal, timeout]);
        try {
          const documents = { type: 'text' as const, values: [...passages] };
          const work = model.doRerank({ documents, query, abortSignal, headers: { ...headers } });
          // Not every provider passes the signal on.
          const answer = await untilAborted(Promise.resolve(work), abortSignal);
          return {
            scores: answer.ranking.map(({ index, relevanceScore }) => ({ index, score: relevanceScore })),
            headers: answer.response?.headers && new Headers(answer.response.headers),
          };
        } catch (error) {
          if (signal.aborted) throw signal.reason;
          throw aiSdkFailure(error, { name, timeoutMs, timeout, headers, texts: [query, ...passages] });
        }
      },
    }),
  });
}
