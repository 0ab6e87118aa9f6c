export { LateInteraction } from './late-interaction.ts';
export { type LateInteractionOptions, loadLateInteraction } from './load-late-interaction.ts';
export { loadPolyEncoder, type PolyEncoderOptions } from './poly-encoder/load-poly-encoder.ts';
export { PolyEncoder } from './poly-encoder/poly-encoder.ts';
export {
  openPolyEncoderDirectory,
  type PolyEncoderSettings,
  polyEncoderFiles,
} from './poly-encoder/poly-encoder-directory.ts';
export { isLateInteraction } from './read-layout.ts';
export {
  type StoredTokenVectorsCount,
  type StoreTokenVectorsRequest,
  storeTokenVectors,
} from './store-token-vectors.ts';
