import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { RetrievalError } from '@secondpass/core';
import { modelDirectory, modelNames } from '@secondpass/models';
import type { Scorer } from '@secondpass/tuning';
import type { LoadedConfig } from '../../config/config-file.ts';
import { type RerankerConfig, settingForeignTo } from '../../config/reranker-schema.ts';
import { loadReranker, type RerankerSettings } from '../../load-reranker.ts';
import { readRerankerKind } from '../../local-models/reranker-kind.ts';
import { type ResolvedModel, resolveModel } from '../../models.ts';
import { closeAll, openReranker } from '../../pipeline.ts';
import type { TuneFlags } from './tune-flags.ts';

export interface OpenScorers {
  /** The one in use comes first. */
  readonly scorers: readonly Scorer[];
  /** Combinations that cannot be run, and why; a sentence each. */
  readonly leftOut: readonly string[];
  close(): Promise<void>;
}

type OpenScorer = Scorer & { readonly reranker: { close(): Promise<void> } };

/** Of the settings of the reranker in use, those that are about its own files, and no other model's. */
const ownSettings = [
  'model',
  'remote',
  'failover',
  'cascade',
  'kind',
  'precision',
  'maxBatchTokens',
  'precomputed',
];
/** A pair that was scored or tokenized before would look faster than it is. */
const withoutCaches = { scoreCacheBytes: undefined, passageCacheBytes: undefined };

/** Loads the reranker in use, and every model in every precision that is to be tried. */
export async function openScorers(
  config: LoadedConfig,
  { models = rerankingModels(), precisions = ['fp32', 'int8'] }: TuneFlags,
): Promise<OpenScorers> {
  const opened: OpenScorer[] = [];
  const leftOut: string[] = [];
  const close = () => closeAll(opened.map(({ reranker }) => reranker));
  try {
    opened.push(await openCurrent(config));
    for (const model of models) {
      const resolved = await resolveModel(model, config.folder, {
        code: 'invalid-options',
        origin: '--models',
      });
      const kind = await readRerankerKind(resolved.directory);
      const tried = kind === 'poly-encoder' ? [null] : precisions;
      for (const precision of tried) {
        const key = keyOf(model, precision);
        if (opened.some((one) => one.key === key)) continue;
        const scorer = await openScorer(resolved, model, precision, config).catch((error) => {
          if (!isAbsent(error)) throw error;
          leftOut.push(`${key} is left out: ${error.problem}`);
          return undefined;
        });
        if (scorer) opened.push(scorer);
      }
    }
    return { scorers: opened, leftOut, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openCurrent(config: LoadedConfig): Promise<OpenScorer> {
  const reranker = await openReranker({ ...config, reranker: uncached(config.reranker) });
  return describe(config.reranker.model ?? reranker.name, reranker);
}

/** Also of rerankers that are made of rerankers. */
function uncached({ failover, cascade, ...settings }: RerankerConfig): RerankerConfig {
  if (failover) return { failover: failover.map((part) => ({ ...part, reranker: uncached(part.reranker) })) };
  if (cascade) return { cascade: cascade.map((part) => ({ ...part, reranker: uncached(part.reranker) })) };
  return { ...settings, ...withoutCaches };
}

async function openScorer(
  resolved: ResolvedModel,
  model: string,
  precision: 'fp32' | 'int8' | null,
  config: LoadedConfig,
): Promise<OpenScorer> {
  const kind = await readRerankerKind(resolved.directory);
  const isOwn = model === config.reranker.model;
  const kept = Object.entries({ ...config.reranker, ...withoutCaches }).filter(
    ([name, value]) =>
      (isOwn ? name !== 'model' : !ownSettings.includes(name)) &&
      settingForeignTo(kind, { [name]: value }) === undefined,
  );
  const settings = { ...Object.fromEntries(kept), ...(precision && { precision }) } as RerankerSettings;
  const named = { code: 'invalid-options', originOf: (setting: string) => `tune: ${setting}` } as const;
  return describe(model, await loadReranker(resolved, settings, named));
}

/** What a loaded reranker says of itself; not every kind says everything. */
function describe(model: string, reranker: OpenScorer['reranker']): OpenScorer {
  const { precision = null, manifest } = reranker as {
    readonly precision?: 'fp32' | 'int8';
    readonly manifest?: { readonly batchInvariant?: boolean };
  };
  const batchInvariant = manifest?.batchInvariant ?? (precision === 'fp32' ? true : null);
  return { key: keyOf(model, precision), model, precision, batchInvariant, reranker };
}

function keyOf(model: string, precision: string | null): string {
  return precision === null ? model : `${model} ${precision}`;
}

/** A model that does not come in a precision is no mistake of the reader's. */
function isAbsent(error: unknown): error is RetrievalError {
  return RetrievalError.is(error) && ['model-not-found', 'model-unsupported'].includes(error.code);
}

/** The bundled models whose manifest says that they rerank. */
function rerankingModels(): readonly string[] {
  return modelNames.filter((name) => {
    const manifest = join(modelDirectory(name), 'secondpass.json');
    return (
      (JSON.parse(readFileSync(manifest, 'utf8')) as { readonly kind?: string }).kind === 'cross-encoder'
    );
  });
}
