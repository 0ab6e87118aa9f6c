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
  /** All open scorers; the one in use comes first. */
  readonly scorers: readonly Scorer[];
  /** Combinations that cannot run, and why; one sentence each. */
  readonly leftOut: readonly string[];
  close(): Promise<void>;
}

type OpenScorer = Scorer & { readonly reranker: { close(): Promise<void> } };

/** Settings of the reranker in use that apply to its own model only. */
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
/** With caches, a pair that was scored or tokenized before would look too fast. */
const withoutCaches = { scoreCacheBytes: undefined, passageCacheBytes: undefined };

/** Loads the reranker in use, and every model to try in every precision. */
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

/** Removes cache settings, also inside failover and cascade. */
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

/** The properties of a loaded reranker; not every kind has all of them. */
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

/** Whether a model does not exist in a precision; that is not the user's mistake. */
function isAbsent(error: unknown): error is RetrievalError {
  return RetrievalError.is(error) && ['model-not-found', 'model-unsupported'].includes(error.code);
}

/** The bundled models that rerank, according to their manifests. */
function rerankingModels(): readonly string[] {
  return modelNames.filter((name) => {
    const manifest = join(modelDirectory(name), 'secondpass.json');
    return (
      (JSON.parse(readFileSync(manifest, 'utf8')) as { readonly kind?: string }).kind === 'cross-encoder'
    );
  });
}
