import {
  type BiEncoder,
  type CrossEncoder,
  loadBiEncoder,
  loadCrossEncoder,
  TwoStageRetriever,
} from '@secondpass/core';
import { openSource } from './adapters/open-source.ts';
import type { LoadedConfig } from './config/config-file.ts';
import type { ModelConfig } from './config/config-schema.ts';
import { resolveModel } from './models.ts';

/** Loads the bi-encoder that a configuration names. */
export async function openEmbedder(config: LoadedConfig): Promise<BiEncoder> {
  return loadBiEncoder(await directoryOf(config, 'embedder'), encoderOptions(config.embedder));
}

/** Loads the cross-encoder that a configuration names. */
export async function openReranker(config: LoadedConfig): Promise<CrossEncoder> {
  return loadCrossEncoder(await directoryOf(config, 'reranker'), encoderOptions(config.reranker));
}

/** Everything that answers a query, opened together. */
export async function openRetriever(
  config: LoadedConfig,
): Promise<{ retriever: TwoStageRetriever; close(): Promise<void> }> {
  const opened = await openAll([
    () => openSource(config),
    () => openReranker(config),
    // A search by text reads no vector. If the source turns out to want one, the retriever says so.
    ...(config.source['match'] === 'text' ? [] : ([() => openEmbedder(config)] as const)),
  ]);
  const [{ source }, reranker, embedder] = opened;
  const { depth, topK, timeoutMs, onRerankFailure } = config;
  const retriever = new TwoStageRetriever({
    source,
    reranker,
    ...(embedder && { embedder }),
    depth,
    topK,
    timeoutMs,
    onRerankFailure,
  });
  return { retriever, close: () => closeAll(opened) };
}

interface Closable {
  close(): Promise<void>;
}

/** Opens several things at once; where one fails, the others are closed again. */
export async function openAll<const T extends readonly (() => Promise<Closable>)[]>(
  openers: T,
): Promise<{ [K in keyof T]: Awaited<ReturnType<T[K]>> }> {
  const results = await Promise.allSettled(openers.map((open) => open()));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) {
    await closeAll(results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])));
    throw failed.reason;
  }
  return results.map((result) => (result as PromiseFulfilledResult<Closable>).value) as never;
}

export async function closeAll(opened: readonly Closable[]): Promise<void> {
  await Promise.allSettled(opened.map((one) => one.close()));
}

function directoryOf(config: LoadedConfig, key: 'embedder' | 'reranker'): Promise<string> {
  return resolveModel(config[key].model, config.folder, {
    code: 'invalid-config',
    origin: `${config.file}: ${key}.model`,
  });
}

/** Absent keys stay absent, so that core's own defaults hold. */
function encoderOptions({ precision, workers, maxBatchTokens }: ModelConfig) {
  return {
    ...(precision !== undefined && { precision }),
    ...(workers !== undefined && { workers }),
    ...(maxBatchTokens !== undefined && { maxBatchTokens }),
  };
}
