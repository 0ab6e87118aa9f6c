import {
  loadPrecomputedCrossEncoder,
  type PrecomputedCrossEncoder,
  PrecomputedPassages,
} from '@secondpass/precomputed-passages';
import type { RerankerConfig } from './config/reranker-schema.ts';
import type { ResolvedModel } from './models.ts';
import { present } from './present.ts';

type Settings = Pick<
  RerankerConfig,
  'precision' | 'workers' | 'maxBatchTokens' | 'optimize' | 'executionProvider' | 'maxQueryShare'
>;

/** Opens a store of passages, and the cross-encoder that reads from it; closing that one closes both. */
export async function loadPrecomputed(
  { directory, ...name }: ResolvedModel,
  kept: NonNullable<RerankerConfig['precomputed']>,
  settings: Settings,
): Promise<PrecomputedCrossEncoder> {
  const { statePrecision, ...place } = kept;
  const store = await PrecomputedPassages.open({ ...present(place), directory: kept.directory });
  const options = { ...name, ...present(settings), ...(statePrecision && { statePrecision }), store };
  return loadPrecomputedCrossEncoder(directory, options).catch(async (error) => {
    await store.close();
    throw error;
  });
}
