import { loadCrossEncoder, RetrievalError, type RetrievalErrorCode } from '@secondpass/core';
import { cachedReranker, ScoreCache } from '@secondpass/core/rerankers';
import { loadLateInteraction, loadPolyEncoder } from '@secondpass/late-interaction';
import { closingReranker } from './closing-reranker.ts';
import { type RerankerConfig, settingForeignTo } from './config/reranker-schema.ts';
import { loadPrecomputed } from './load-precomputed.ts';
import { readRerankerKind } from './local-models/reranker-kind.ts';
import type { ResolvedModel } from './models.ts';
import type { OpenReranker } from './open-reranker.ts';
import { present } from './present.ts';

export type RerankerSettings = Omit<RerankerConfig, 'model' | 'remote' | 'failover' | 'cascade'>;

/**
 * Loads a reranker of the kind in `settings.kind`, or in its files.
 *
 * @param named how errors name a setting
 * @throws RetrievalError of the loader, and for a setting that this kind does not have
 */
export async function loadReranker(
  { directory, ...name }: ResolvedModel,
  settings: RerankerSettings,
  named: { readonly code: RetrievalErrorCode; readonly originOf: (setting: string) => string },
): Promise<OpenReranker> {
  const kind = settings.kind ?? (await readRerankerKind(directory));
  const foreign = settingForeignTo(kind, settings);
  if (foreign !== undefined) {
    throw new RetrievalError({
      code: named.code,
      origin: named.originOf(foreign),
      problem: `The model is a ${kind}, which does not have this setting.`,
      nextStep: 'Leave it out, or name another model.',
    });
  }
  const { kind: _, scoreCacheBytes = 0, precomputed, ...given } = settings;
  if (precomputed) {
    return withScoreCache(await loadPrecomputed({ directory, ...name }, precomputed, given), scoreCacheBytes);
  }
  const options = { ...name, ...present(given) };
  const load = {
    'cross-encoder': loadCrossEncoder,
    'late-interaction': loadLateInteraction,
    'poly-encoder': loadPolyEncoder,
  };
  return withScoreCache(await load[kind](directory, options), scoreCacheBytes);
}

/** Adds a score cache if it gets memory. @throws RetrievalError `invalid-options` without a fingerprint */
export function withScoreCache(reranker: OpenReranker, scoreCacheBytes = 0): OpenReranker {
  if (scoreCacheBytes === 0) return reranker;
  const cached = cachedReranker(reranker, { cache: new ScoreCache({ maxBytes: scoreCacheBytes }) });
  return closingReranker(cached, [reranker]);
}
