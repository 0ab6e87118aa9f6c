import { resolve } from 'node:path';
import { type BiEncoder, type CandidateSource, loadBiEncoder, TwoStageRetriever } from '@secondpass/core';
import { type DualEncoder, loadDualEncoder } from '@secondpass/core/models';
import type { RemoteConfig, RemoteEmbedder } from '@secondpass/embedder-remote';
import type { PrecomputedCrossEncoder } from '@secondpass/precomputed-passages';
import { openSource } from './adapters/open-source.ts';
import type { LoadedConfig } from './config/config-file.ts';
import type { RerankerConfig } from './config/reranker-schema.ts';
import { joinRerankers } from './join-rerankers.ts';
import { loadReranker } from './load-reranker.ts';
import { type ResolvedModel, resolveModel } from './models.ts';
import { openRemoteReranker } from './open-remote-reranker.ts';
import type { OpenReranker } from './open-reranker.ts';
import { present } from './present.ts';
import { shadowFile } from './shadow-file.ts';

/** What a model is opened from: a file's folder and name, and how many threads it gets. */
export type ModelPlace = Pick<LoadedConfig, 'file' | 'folder' | 'workers'>;

/** Loads the bi-encoder or the two of a pair that a configuration names, or opens its service. */
export async function openEmbedder(
  config: ModelPlace & Pick<LoadedConfig, 'embedder'>,
  path = 'embedder',
): Promise<OpenEmbedder> {
  const { model, query, passage, remote, prompts, ...settings } = config.embedder;
  if (remote) {
    const { embedderFromConfig } = await import('@secondpass/embedder-remote');
    return embedderFromConfig(remote as unknown as RemoteConfig);
  }
  const options = { ...present(settings), ...(prompts && { prompts: present(prompts) }) };
  if (model === undefined) {
    const [ofQuery, ofPassage] = await Promise.all([
      modelOf(config, `${path}.query`, query!),
      modelOf(config, `${path}.passage`, passage!),
    ]);
    const directories = { query: ofQuery.directory, passage: ofPassage.directory };
    return loadDualEncoder(directories, { ...present({ workers: config.workers }), ...options });
  }
  const { directory, ...named } = await modelOf(config, `${path}.model`, model);
  return loadBiEncoder(directory, { ...named, ...options });
}

export type OpenEmbedder = BiEncoder | DualEncoder | RemoteEmbedder;

/** Loads the reranker that a configuration names, of whichever kind, opens its service, or joins several. */
export function openReranker(
  config: ModelPlace & Pick<LoadedConfig, 'reranker'>,
  path = 'reranker',
): Promise<OpenReranker> {
  return openRerankerAt(config, config.reranker, path);
}

async function openRerankerAt(
  config: ModelPlace,
  { model, remote, failover, cascade, ...settings }: RerankerConfig,
  path: string,
): Promise<OpenReranker> {
  if (remote) return openRemoteReranker(config, remote, settings.scoreCacheBytes, path);
  if (failover || cascade) {
    const parts = (failover ?? cascade)!;
    const inside = `${path}.${failover ? 'failover' : 'cascade'}`;
    const opened = await openAll(
      parts.map((part, index) => () => openRerankerAt(config, part.reranker, `${inside}.${index}.reranker`)),
    );
    return joinRerankers({ failover, cascade }, opened, `${config.file}: ${inside}`);
  }
  const { precomputed } = settings;
  const kept = precomputed && { ...precomputed, directory: resolve(config.folder, precomputed.directory) };
  const own = { ...settings, precomputed: kept };
  return loadReranker(await modelOf(config, `${path}.model`, model!), own, {
    code: 'invalid-config',
    originOf: (setting) => `${config.file}: ${path}.${setting}`,
  });
}

/** Load the cross-encoders of a configuration that keep passages in a store, which `secondpass index` fills. */
export function precomputedOpeners(
  config: LoadedConfig,
): readonly (() => Promise<PrecomputedCrossEncoder>)[] {
  return [...keepingPassages(config.reranker, 'reranker')].map(({ settings, path }) => async () => {
    // Without a score cache around it, it is the cross-encoder itself.
    const reranker = await openRerankerAt(config, { ...settings, scoreCacheBytes: undefined }, path);
    return reranker as PrecomputedCrossEncoder;
  });
}

function* keepingPassages(
  settings: RerankerConfig,
  path: string,
): Generator<{ readonly settings: RerankerConfig; readonly path: string }> {
  if (settings.precomputed) yield { settings, path };
  for (const way of ['failover', 'cascade'] as const) {
    for (const [index, { reranker }] of (settings[way] ?? []).entries()) {
      yield* keepingPassages(reranker, `${path}.${way}.${index}.reranker`);
    }
  }
}

/** How a retriever's models are opened; a process that serves several shares them. */
export interface ModelOpeners {
  readonly reranker: (config: LoadedConfig) => Promise<OpenReranker>;
  readonly embedder: (config: LoadedConfig) => Promise<OpenEmbedder>;
}

/** Everything that answers a query, opened together. */
export async function openRetriever(
  config: LoadedConfig,
  open: ModelOpeners = { reranker: openReranker, embedder: openEmbedder },
): Promise<{
  retriever: TwoStageRetriever;
  reranker: OpenReranker;
  source: CandidateSource;
  close(): Promise<void>;
}> {
  const opened = await openAll([
    () => openSource(config),
    () => open.reranker(config),
    // A search by text reads no vector. If the source turns out to want one, the retriever says so.
    ...(config.adapter.searchesByText(config.source) ? [] : ([() => open.embedder(config)] as const)),
  ]);
  const [{ source }, reranker, embedder] = opened;
  const { depth, topK, timeoutMs, latencyBudgetMs, onRerankFailure, minScore, scoreScaling, blend } = config;
  const retriever = new TwoStageRetriever({
    source,
    reranker,
    ...(embedder && { embedder }),
    depth,
    topK,
    timeoutMs,
    onRerankFailure,
    ...present({ latencyBudgetMs, minScore, scoreScaling, blend }),
    ...(config.shadow && { shadow: shadowFile(config.shadow, config.folder) }),
  });
  return { retriever, reranker, source, close: () => closeAll(opened) };
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

async function modelOf(
  { file, folder, workers }: ModelPlace,
  key: string,
  model: string,
): Promise<ResolvedModel> {
  const resolved = await resolveModel(model, folder, { code: 'invalid-config', origin: `${file}: ${key}` });
  return { ...resolved, ...(workers !== undefined && { workers }) };
}
