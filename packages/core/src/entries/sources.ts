import '../foundation/check-node-version.ts';

export type { FusedMember, FusedSourceConfig } from '../retrieval/fusion/fused-options.ts';
export { fusedSource } from '../retrieval/fusion/fused-source.ts';
export { type Fusion, fuse } from '../retrieval/fusion/fusion.ts';
export type { MergeBy } from '../retrieval/fusion/same-passage.ts';
export { type EmbeddingSourceConfig, embeddingSource } from '../retrieval/pipeline/embedding-source.ts';
