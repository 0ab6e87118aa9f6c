export { candidateSourceContract, candidateSourceRules } from './candidate-source-contract.ts';
export type { Exemption, Rule, TestFunction } from './contract.ts';
export { corpus, corpusDimensions, qrels, queries } from './corpus.ts';
export { filterMatches } from './filter-matches.ts';
export { inMemorySource } from './in-memory-source.ts';
export { type RerankerContractOptions, rerankerContract } from './reranker-contract.ts';
export type {
  CandidateSourceContractOptions,
  CandidateSourceSubject,
  SourceUnderTest,
} from './source-under-test.ts';
