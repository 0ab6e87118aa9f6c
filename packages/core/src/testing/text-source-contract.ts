import type { CandidateSource } from '../retrieval/seams/candidate-source.ts';
import { type Rule, registerRules, type TestFunction } from './contract.ts';
import { corpus } from './corpus.ts';
import { openWith, stored } from './source-under-test.ts';
import { textFailureRules } from './text-failure-rules.ts';
import { textRules } from './text-rules.ts';
import type { TextSourceContractOptions, TextSourceSubject } from './text-source-under-test.ts';
import { textTenantRules } from './text-tenant-rules.ts';

/** Every rule of {@link textSourceContract}. */
export const textSourceRules: readonly Rule<TextSourceSubject>[] = [
  ...textRules,
  ...textFailureRules,
  ...textTenantRules,
];

/**
 * Registers the rules that every stage 1 that searches by text must keep, as tests of the caller's test runner.
 * {@link candidateSourceContract} checks what it shares with other sources, mainly its writer.
 *
 * @throws AssertionError when an exemption names no rule or gives no reason
 *
 * @example
 * import { test } from 'node:test';
 * import { RetrievalError } from '@secondpass/core';
 * import { inMemorySource, textSourceContract } from '@secondpass/core/testing';
 * const open = async () => {
 *   const { textSource, writer } = inMemorySource();
 *   return { source: textSource, writer };
 * };
 * const said = { origin: 'in-memory', problem: 'No answer.', nextStep: 'Start it.', cause: new Error('ECONNREFUSED') };
 * const down = new RetrievalError({ code: 'source-unreachable', ...said });
 * const unreachable = async () => ({ ...inMemorySource().textSource, search: () => Promise.reject(down) });
 * textSourceContract(test, { open, unreachable });
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
