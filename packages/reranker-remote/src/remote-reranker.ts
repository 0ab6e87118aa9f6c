import { createHash } from 'node:crypto';
import { RetrievalError } from '@secondpass/core';
import { FailedTry, httpService, tryRequest, unusable } from '@secondpass/service-client';
import { type CheckedRemoteOptions, checkRemoteOptions } from './check-remote-options.ts';
import type { Dialect } from './dialects/dialect.ts';
import { dialectOf } from './dialects/dialect-of.ts';
import type { RemoteRerankerOptions } from './remote-reranker-options.ts';
import { rerankingService } from './reranking-service.ts';
import { ServiceReranker } from './service-reranker.ts';
import { serviceSettings } from './service-settings.ts';

/**
 * Stage 2 in a service behind HTTP. Nothing is asked while it opens, but of kserve: that names the model's tensors.
 *
 * @param signal ends these first requests
 * @throws RetrievalError `invalid-options`; for kserve also as the tokenizer's loader and as `score` does
 */
export async function remoteReranker(
  options: RemoteRerankerOptions,
  signal?: AbortSignal,
): Promise<ServiceReranker> {
  const checked = checkRemoteOptions(options);
  signal?.throwIfAborted();
  const { service: kind, url, headers, timeoutMs, compress } = checked;
  const model = 'model' in checked ? checked.model : undefined;
  const name = checked.name ?? `${kind}:${model ?? new URL(url!).host}`;
  const service = httpService({
    origin: name,
    kind: rerankingService,
    url: url!,
    apiKey: keyOf(checked, name),
    keyScheme: kind === 'elasticsearch' ? 'ApiKey' : 'Bearer',
    headers,
    timeoutMs,
    compress,
  });
  const dialect = await opened(() => dialectOf(checked, service, signal ?? new AbortController().signal));
  return new ServiceReranker({
    name,
    fingerprint: fingerprintOf(checked, dialect),
    settings: serviceSettings(checked, dialect),
    async prepare(query, passages, either) {
      const call = await dialect.callOf(query, passages, either);
      const texts = [query, ...passages];
      return {
        tokensCut: call.tokensCut,
        queryTokensCut: call.queryTokensCut,
        async send(open) {
          const answer = await tryRequest(service, call, texts, open);
          try {
            return { scores: call.read(answer), headers: answer.headers };
          } catch (error) {
            throw unusable(service, (error as Error).message);
          }
        },
      };
    },
  });
}

function keyOf({ apiKey, apiKeyVariable }: CheckedRemoteOptions, origin: string): string | undefined {
  if (apiKeyVariable === undefined) return apiKey;
  const key = process.env[apiKeyVariable]?.trim();
  if (key) return key;
  throw new RetrievalError({
    code: 'invalid-options',
    origin,
    problem: `apiKeyVariable names ${apiKeyVariable}, which is ${key === undefined ? 'not set' : 'empty'}.`,
    nextStep: 'Set that environment variable to the key, or name another one.',
  });
}

async function opened(open: () => Promise<Dialect>): Promise<Dialect> {
  try {
    return await open();
  } catch (error) {
    throw error instanceof FailedTry ? error.error : error;
  }
}

/** What a pair's score is known to depend on. In a listwise model it depends on the other passages too. */
function fingerprintOf(options: CheckedRemoteOptions, dialect: Dialect): string | undefined {
  const { version, listwise = dialect.listwise, scale = dialect.scale } = options;
  if (version === undefined || listwise) return undefined;
  const { service, model, body, truncate, maxQueryShare }: Readonly<Record<string, unknown>> = { ...options };
  return createHash('sha256')
    .update(JSON.stringify([service, model, version, scale, body, truncate, maxQueryShare]))
    .digest('hex');
}
