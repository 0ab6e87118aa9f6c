export { createSecondpass, type SecondpassOptions, type SecondpassProvider } from './create-secondpass.ts';
export {
  type RerankedDocuments,
  type RerankingModelOptions,
  rerankingModel,
  type SecondpassModel,
  type SecondpassModelV3,
} from './reranking-model.ts';
