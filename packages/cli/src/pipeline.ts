import { resolve } from 'node:path';
import {
  type BiEncoder,
  type CandidateSource,
  loadBiEncoder,
  RetrievalError,
  TwoStageRetriever,
} from '@secondpass/core';
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

/** The context to open a model: the configuration's file and folder, and the number of threads. */
export type ModelPlace = Pick<LoadedConfig, 'file' | 'folder' | 'workers'>;

/** Opens the embedder of a configuration: a bi-encoder, a pair of models, or a service. */
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

/** Opens the reranker of a configuration: a model of any kind, a service, or several rerankers joined into one. */
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
  if (remote) return openRemoteReranker(config, remote, settings, path);
  if (failover || cascade) {
    const parts = (failover ?? cascade)!;
    const inside = `${path}.${failover ? 'failover' : 'cascade'}`;
    const opened = await openAll(
      parts.map((part, index) => () => openRerankerAt(config, part.reranker, `${inside}.${index}.reranker`)),
    );
    return joinRerankers({ failover, cascade }, opened, `${config.file}: ${inside}`);
  }
  const { precomputed } = settings;
  const directory =
    precomputed?.directory === undefined ? undefined : resolve(config.folder, precomputed.directory);
  const kept = precomputed && { ...precomputed, directory };
  const own = { ...settings, precomputed: kept };
  return loadReranker(await modelOf(config, `${path}.model`, model!), own, {
    code: 'invalid-config',
    originOf: (setting) => `${config.file}: ${path}.${setting}`,
  });
}

/** A cross-encoder with precomputed passages, whose store `secondpass index` fills. */
export interface StoreToFill {
  readonly open: () => Promise<PrecomputedCrossEncoder>;
  /** Whether the store holds this index's passages and no others, so that what is gone from the index leaves the store. */
  readonly inStep: boolean;
}

/** @throws RetrievalError `invalid-config` for two cross-encoders with one table: each would delete the other's passages */
export function storesToFill(config: LoadedConfig): readonly StoreToFill[] {
  const tables = new Set<string>();
  return [...keepingPassages(config.reranker, 'reranker')].map(({ settings, path }) => {
    const { url, table } = settings.precomputed!;
    const place = JSON.stringify([url, table]);
    if (table !== undefined && tables.has(place))
      throw tableTakenTwice(`${config.file}: ${path}.precomputed.table`);
    tables.add(place);
    // Without anything around it, the result is the cross-encoder itself.
    const bare = { ...settings, scoreCacheBytes: undefined, fair: undefined };
    const open = async () => (await openRerankerAt(config, bare, path)) as PrecomputedCrossEncoder;
    return { open, inStep: table !== undefined };
  });
}

function tableTakenTwice(origin: string): RetrievalError {
  return new RetrievalError({
    code: 'invalid-config',
    origin,
    problem:
      'Another reranker of this configuration has the same table, and each would delete what the other needs.',
    nextStep: 'Name a table of its own for each of them.',
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

/** Functions that open a retriever's models; a server with several retrievers shares the models. */
export interface ModelOpeners {
  readonly reranker: (config: LoadedConfig) => Promise<OpenReranker>;
  readonly embedder: (config: LoadedConfig) => Promise<OpenEmbedder>;
}

/** Opens all parts of a retriever. */
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
    // A search by text reads no vector. If the source needs one after all, the retriever throws an error.
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

/** Opens several parts in parallel; if one fails, the others are closed again. */
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
