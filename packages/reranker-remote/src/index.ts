export { type AiSdkRerankerOptions, type AiSdkRerankingModel, aiSdkReranker } from './ai-sdk-reranker.ts';
export { remoteReranker } from './remote-reranker.ts';
export type {
  KserveOptions,
  RemoteRerankerOptions,
  RemoteService,
  ScoringOptions,
  ServiceOptions,
  TextServiceOptions,
} from './remote-reranker-options.ts';
export type { RemoteScale } from './score-scale.ts';
export { ServiceReranker } from './service-reranker.ts';
