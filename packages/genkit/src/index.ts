export { type RerankerActionOptions, rerankerAction } from './reranker-action.ts';
export { type RetrieverActionOptions, retrieverAction } from './retriever-action.ts';
export { type SecondpassPluginOptions, secondpass } from './secondpass-plugin.ts';
