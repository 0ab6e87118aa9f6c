export { RerankCompressor, type RerankCompressorOptions } from './rerank-compressor.ts';
export { SecondpassRetriever, type SecondpassRetrieverInput } from './secondpass-retriever.ts';
export { type VectorStoreSourceOptions, vectorStoreSource } from './vector-store-source.ts';
