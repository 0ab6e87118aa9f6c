import type { CandidateSource } from '../retrieval/seams/candidate-source.ts';
import type { Exemption } from './contract.ts';
import type { OpenOptions, SourceUnderTest, TenantOptions } from './source-under-test.ts';

/** The adapter that {@link textSourceContract} checks. */
export interface TextSourceContractOptions {
  /**
   * Opens a source that searches by text, and its writer, over a table or collection of their own that does not exist
   * yet. Either no stemming or English, and at most English stop words.
   */
  readonly open: (options?: OpenOptions) => Promise<SourceUnderTest>;
  /** A source whose engine does not answer. */
  readonly unreachable: () => Promise<CandidateSource>;
  /** Checks that tenants do not see each other's passages. Without it that rule is not registered. */
  readonly tenants?: TenantOptions;
  /** Rules that the adapter cannot keep. @default none */
  readonly exempt?: readonly Exemption[];
}

/** What the rules get: the options, and one source that is loaded with the corpus and that they may only read. */
export interface TextSourceSubject extends TextSourceContractOptions {
  readonly loaded: () => Promise<CandidateSource>;
}
