import { loadPrecomputedCrossEncoder, type PrecomputedCrossEncoder } from '@secondpass/precomputed-passages';
import type { RerankerConfig } from './config/reranker-schema.ts';
import type { ResolvedModel } from './models.ts';
import { present } from './present.ts';

type Settings = Pick<
  RerankerConfig,
  'precision' | 'workers' | 'maxBatchTokens' | 'optimize' | 'executionProvider' | 'maxQueryShare'
>;

/** Loads a cross-encoder with its own store of precomputed passages. */
export function loadPrecomputed(
  { directory, ...name }: ResolvedModel,
  { statePrecision, ...place }: NonNullable<RerankerConfig['precomputed']>,
  settings: Settings,
): Promise<PrecomputedCrossEncoder> {
  const store = { ...present(place), directory: place.directory };
  return loadPrecomputedCrossEncoder(directory, {
    ...name,
    ...present(settings),
    ...(statePrecision && { statePrecision }),
    store,
  });
}
