import { createHash } from 'node:crypto';
import { FailedTry, httpService, keyOf, readAnswer, tryRequest } from '@secondpass/service-client';
import { type CheckedRemoteOptions, checkRemoteOptions, type TextOptions } from './check-remote-options.ts';
import type { Dialect } from './dialects/dialect.ts';
import { dialectOf } from './dialects/dialect-of.ts';
import type { RemoteRerankerOptions } from './remote-reranker-options.ts';
import { rerankingService } from './reranking-service.ts';
import { ServiceReranker } from './service-reranker.ts';
import { serviceSettings } from './service-settings.ts';

/**
 * The longest passage that is sent, in UTF-16 code units. Infinity refuses the whole list if one passage is longer,
 * also behind a proxy that speaks another dialect. Models read less: 32,000 tokens are about 128,000 characters.
 */
const longestPassage = 122_880;

/**
 * Stage 2 in a service behind HTTP. While it opens, a kserve server is asked for the model's tensors, and a tei server
 * for its batch limit. If tei does not answer within 5 s, its default of 32 is used.
 *
 * @param signal ends these first requests
 * @throws RetrievalError `invalid-options`; for kserve also as the tokenizer's loader and as `score` does
 *
 * @example
 * import { remoteReranker } from '@secondpass/reranker-remote';
 * await using reranker = await remoteReranker({ service: 'tei', url: 'http://localhost:8080', timeoutMs: 2_000 });
 * const passages = ['Yeast makes dough rise.', 'The harbor froze in 1929.'];
 * const [yeast, harbor] = await reranker.score({ query: 'why does bread rise', passages });
 * yeast!.score > harbor!.score; // → true
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
    path: pathOf(checked),
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
    release: () => dialect.close?.(),
    async prepare(query, passages, either) {
      // For kserve, the tokenizer runs here and reports what it cuts.
      const sent = kind === 'kserve' ? passages : passages.map(shortened);
      const call = await dialect.callOf(query, sent, either);
      const texts = [query, ...passages];
      return {
        tokensCut: call.tokensCut,
        queryTokensCut: call.queryTokensCut,
        async send(open) {
          const answer = await tryRequest(service, call, texts, open);
          const scores = readAnswer(service, answer, texts, call.read);
          return { scores, headers: answer.headers };
        },
      };
    },
  });
}

/** If the cut splits a surrogate pair, such as an emoji's, its half becomes U+FFFD: JSON cannot carry it. */
function shortened(passage: string): string {
  return passage.length > longestPassage ? passage.slice(0, longestPassage).toWellFormed() : passage;
}

/** The path that is appended to the URL, unless the user's URL already has it. */
function pathOf(options: CheckedRemoteOptions): string {
  const { service, model } = options as TextOptions;
  if (options.service === 'kserve')
    return `/v2/models/${encodeURIComponent(options.model.toWellFormed())}/infer`;
  return service === 'elasticsearch'
    ? `/_inference/rerank/${encodeURIComponent(model!.toWellFormed())}`
    : '/rerank';
}

async function opened(open: () => Promise<Dialect>): Promise<Dialect> {
  try {
    return await open();
  } catch (error) {
    throw error instanceof FailedTry ? error.error : error;
  }
}

/** A digest of what a pair's score depends on; none for a listwise model, whose scores depend on the other passages. */
function fingerprintOf(options: CheckedRemoteOptions, dialect: Dialect): string | undefined {
  const { version, listwise = dialect.listwise, scale = dialect.scale } = options;
  if (version === undefined || listwise) return undefined;
  const { service, model, body, truncate, maxQueryShare }: Readonly<Record<string, unknown>> = { ...options };
  return createHash('sha256')
    .update(JSON.stringify([service, model, version, scale, body, truncate, maxQueryShare]))
    .digest('hex');
}
