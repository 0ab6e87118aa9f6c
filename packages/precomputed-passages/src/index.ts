export { type StatePrecision, statePrecisions } from './compress-states.ts';
export { loadPrecomputedCrossEncoder } from './load-precomputed-cross-encoder.ts';
export type { PassageStateStore, StoredPassageStates } from './passage-state-store.ts';
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
