import { FailedTry, httpService, keyOf } from '@secondpass/service-client';
import { ask } from './ask.ts';
import { askVectors, type VectorService } from './ask-vectors.ts';
import type { Dialect, ReportedModel } from './dialect.ts';
import { embeddingService } from './embedding-service.ts';
import { fingerprintOf } from './fingerprint.ts';
import { RemoteEmbedder } from './remote-embedder.ts';
import type { RemoteOptions } from './remote-options.ts';
import { tooLong } from './too-long.ts';

/** Opens an embedder: asks the service about its model, and for one vector. */
export async function openRemoteEmbedder(
  options: RemoteOptions,
  dialect: Dialect,
  defaultName: string,
  signal?: AbortSignal,
): Promise<RemoteEmbedder> {
  const { url, headers, timeoutMs, compress } = options;
  const { totalTimeoutMs = 120_000, retries = 3, prompts = {} } = options;
  const origin = options.name ?? defaultName;
  const apiKey = keyOf(options, origin);
  const { path } = dialect;
  const service: VectorService = {
    ...httpService({ origin, kind: embeddingService, url, path, apiKey, headers, timeoutMs, compress }),
    retries,
    dialect,
    dimensions: options.dimensions,
    model: undefined,
  };
  const deadlineAt = new AbortController();
  const timer = setTimeout(() => deadlineAt.abort(tooLong(origin, { totalTimeoutMs })), totalTimeoutMs);
  const stop = signal ? AbortSignal.any([signal, deadlineAt.signal]) : deadlineAt.signal;
  const endsAt = performance.now() + totalTimeoutMs;
  try {
    const about = await askAbout(service, endsAt, stop);
    const request = { texts: ['secondpass'], kind: 'passage', endsAt } as const;
    let answered: string | undefined;
    const [vector] = await askVectors(service, request, stop, (model) => {
      answered = model;
    });
    const dimensions = vector!.length;
    const model = about.model ?? answered;
    return new RemoteEmbedder({
      name: origin,
      fingerprint: fingerprintOf({
        ...dialect.settings,
        model: [dialect.settings['model'], model, about.revision],
        dimensions,
        passage: prompts.passage ?? '',
      }),
      dimensions,
      model,
      service: { ...service, dimensions, model: answered },
      prompts,
      limits: {
        texts: options.maxTextsPerRequest ?? about.maxTexts ?? dialect.maxTextsPerRequest,
        characters: options.maxCharactersPerRequest ?? 200_000,
        concurrency: options.concurrency ?? 4,
        totalTimeoutMs,
      },
    });
  } catch (error) {
    throw error instanceof FailedTry ? error.error : error;
  } finally {
    clearTimeout(timer);
  }
}

async function askAbout(service: VectorService, endsAt: number, stop: AbortSignal): Promise<ReportedModel> {
  const { about } = service.dialect;
  if (!about) return {};
  try {
    const { path, read } = about;
    return await ask(service, { call: { path }, texts: [], retries: service.retries, endsAt, read }, stop);
  } catch (error) {
    // Gateways in front of a service often pass on only the embedding path.
    const missing =
      !(error instanceof FailedTry) ||
      error.status === 404 ||
      error.status === 405 ||
      error.error.code === 'model-output-invalid';
    if (missing && !stop.aborted) return {};
    throw error;
  }
}
