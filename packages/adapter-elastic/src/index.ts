export type {
  ElasticCallOptions,
  ElasticClient,
  ElasticGetRequest,
  ElasticKnn,
  ElasticObject,
  ElasticPageRequest,
  ElasticSearchRequest,
} from './elastic-client.ts';
export type { ElasticConfig } from './elastic-config.ts';
export { elasticFromConfig, type OpenedElastic } from './elastic-from-config.ts';
export type {
  ElasticFields,
  ElasticIndexOptions,
  ElasticMetric,
  ElasticSourceOptions,
  ElasticWriterOptions,
} from './elastic-options.ts';
export { elasticReader } from './elastic-reader.ts';
export { elasticSource } from './elastic-source.ts';
export { elasticWriter } from './elastic-writer.ts';
export { keepIntegers } from './keep-integers.ts';
