export type { PassageStateStore, StoredPassageStates } from '@secondpass/core/extend';
export { type StatePrecision, statePrecisions } from './compress-states.ts';
export { loadPrecomputedCrossEncoder } from './load-precomputed-cross-encoder.ts';
export {
  type PrecomputedPassagesCount,
  type PrecomputePassagesRequest,
  precomputePassages,
} from './precompute-passages.ts';
export { PrecomputedCrossEncoder } from './precomputed-cross-encoder.ts';
export type { PrecomputedCrossEncoderOptions } from './precomputed-cross-encoder-options.ts';
export {
  PrecomputedPassages,
  type PrecomputedPassagesOptions,
  type PrecomputedPassagesStats,
} from './precomputed-passages.ts';
export { type PrunedPassagesCount, type PrunePassagesRequest, prunePassages } from './prune-passages.ts';
