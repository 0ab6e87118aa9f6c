export { candidateSourceContract, candidateSourceRules } from './candidate-source-contract.ts';
export type { Exemption, Rule, TestFunction } from './contract.ts';
export { corpus, corpusDimensions, qrels, queries } from './corpus.ts';
export { filterMatches } from './filter-matches.ts';
export { type InMemorySource, inMemorySource } from './in-memory-source.ts';
export { type RerankerContractOptions, rerankerContract } from './reranker-contract.ts';
export type {
  CandidateSourceContractOptions,
  CandidateSourceSubject,
  ExistingOptions,
  OpenOptions,
  ReaderOptions,
  SlowOptions,
  SourceUnderTest,
  TenantOptions,
} from './source-under-test.ts';
export { textSourceContract, textSourceRules } from './text-source-contract.ts';
export type { TextSourceContractOptions } from './text-source-under-test.ts';
