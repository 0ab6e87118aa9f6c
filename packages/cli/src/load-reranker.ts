import { loadCrossEncoder, RetrievalError, type RetrievalErrorCode } from '@secondpass/core';
import { cachedReranker, fairReranker, ScoreCache } from '@secondpass/core/rerankers';
import { closingReranker } from './closing-reranker.ts';
import { type RerankerConfig, settingForeignTo } from './config/reranker-schema.ts';
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
  const { kind: _, scoreCacheBytes, fair, precomputed, ...given } = settings;
  const around = { scoreCacheBytes, fair };
  if (precomputed) {
    const { loadPrecomputed } = await import('./load-precomputed.ts');
    return wrapped(await loadPrecomputed({ directory, ...name }, precomputed, given), around);
  }
  const load = await loaders[kind]();
  return wrapped(await load(directory, { ...name, ...present(given) }), around);
}

/** Their packages are imported when a model of the kind is: most processes have one kind. */
const loaders = {
  'cross-encoder': async () => loadCrossEncoder,
  'late-interaction': async () => (await import('@secondpass/late-interaction')).loadLateInteraction,
  'poly-encoder': async () => (await import('@secondpass/late-interaction')).loadPolyEncoder,
};

/**
 * Shares a reranker's time between callers, and adds a score cache, as far as the settings ask for it. What the cache
 * holds takes no turn.
 *
 * @throws RetrievalError `invalid-options` for a cache without a fingerprint
 */
export function wrapped(
  reranker: OpenReranker,
  { scoreCacheBytes = 0, fair }: Pick<RerankerSettings, 'scoreCacheBytes' | 'fair'>,
): OpenReranker {
  const shared = fair ? closingReranker(fairReranker(reranker, present(fair)), [reranker]) : reranker;
  if (scoreCacheBytes === 0) return shared;
  const cached = cachedReranker(shared, { cache: new ScoreCache({ maxBytes: scoreCacheBytes }) });
  return closingReranker(cached, [shared]);
}
