export { createSecondpass, type SecondpassOptions, type SecondpassProvider } from './create-secondpass.ts';
export {
  type RerankedDocuments,
  type RerankingModelOptions,
  rerankingModel,
  type SecondpassModel,
} from './reranking-model.ts';
