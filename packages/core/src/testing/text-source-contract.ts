import type { CandidateSource } from '../retrieval/seams/candidate-source.ts';
import { type Exemption, type Rule, registerRules, type TestFunction } from './contract.ts';
import { corpus } from './corpus.ts';
import {
  type OpenOptions,
  openWith,
  type SourceUnderTest,
  stored,
  type TenantOptions,
} from './source-under-test.ts';
import { textFailureRules } from './text-failure-rules.ts';
import { textRules } from './text-rules.ts';
import { textTenantRules } from './text-tenant-rules.ts';

export interface TextSourceContractOptions {
  /**
   * Opens a source that searches by text, and its writer, over a table or collection of their own that does not exist
   * yet. Either no stemming or English, and at most English stop words.
   */
  readonly open: (options?: OpenOptions) => Promise<SourceUnderTest>;
  /** A source whose engine does not answer. */
  readonly unreachable: () => Promise<CandidateSource>;
  /** Checks that tenants stay apart. Without it that rule is not registered. */
  readonly tenants?: TenantOptions;
  readonly exempt?: readonly Exemption[];
}

/** What the rules see: the options, and one source that is loaded with the corpus and that they may only read. */
export interface TextSourceSubject extends TextSourceContractOptions {
  readonly loaded: () => Promise<CandidateSource>;
}

/** Every rule of {@link textSourceContract}. */
export const textSourceRules: readonly Rule<TextSourceSubject>[] = [
  ...textRules,
  ...textFailureRules,
  ...textTenantRules,
];

/**
 * Registers what every stage 1 that searches by text must keep, as tests of the caller's test runner. What it shares
 * with other sources, its writer above all, {@link candidateSourceContract} checks.
 *
 * @throws AssertionError when an exemption names no rule or gives no reason
 */
export function textSourceContract(test: TestFunction, options: TextSourceContractOptions): void {
  let loading: Promise<CandidateSource> | undefined;
  const loaded = () => {
    loading ??= openWith(options, corpus.map(stored)).then(({ source }) => source);
    return loading;
  };
  const rules = [...textRules, ...textFailureRules, ...(options.tenants ? textTenantRules : [])];
  registerRules(test, rules, { ...options, loaded }, options.exempt);
}
