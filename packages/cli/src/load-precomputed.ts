import {
  loadPrecomputedCrossEncoder,
  type PrecomputedCrossEncoder,
  type PrecomputedCrossEncoderOptions,
} from '@secondpass/precomputed-passages';
import type { RerankerConfig } from './config/reranker-schema.ts';
import type { ResolvedModel } from './models.ts';
import { present } from './present.ts';

type Settings = Pick<
  RerankerConfig,
  'precision' | 'workers' | 'maxBatchTokens' | 'optimize' | 'executionProvider' | 'maxQueryShare'
>;

type Place = NonNullable<RerankerConfig['precomputed']>;

/** Loads a cross-encoder with its own store of precomputed passages. */
export function loadPrecomputed(
  { directory, ...name }: ResolvedModel,
  { statePrecision, ...place }: Place,
  settings: Settings,
): Promise<PrecomputedCrossEncoder> {
  return loadPrecomputedCrossEncoder(directory, {
    ...name,
    ...present(settings),
    ...(statePrecision && { statePrecision }),
    store: storeOf(place),
  });
}

function storeOf({ directory, maxBytes, url, table }: Place): PrecomputedCrossEncoderOptions['store'] {
  if (directory !== undefined) return { directory, ...present({ maxBytes }) };
  return async () => {
    const { pgvectorPassageStatesFromConfig } = await import('@secondpass/adapter-pgvector');
    // The schema asks for both where there is no folder.
    return pgvectorPassageStatesFromConfig({ url: url!, table: table! });
  };
}
