import type { CandidateSource } from '../retrieval/seams/candidate-source.ts';
import { type Rule, registerRules, type TestFunction } from './contract.ts';
import { corpus } from './corpus.ts';
import { existingDataRules } from './existing-data-rules.ts';
import { failureRules } from './failure-rules.ts';
import { fetchRules } from './fetch-rules.ts';
import { filterRules } from './filter-rules.ts';
import { interruptionRules } from './interruption-rules.ts';
import { numberRules } from './number-rules.ts';
import { readerRules } from './reader-rules.ts';
import { searchRules } from './search-rules.ts';
import {
  type CandidateSourceContractOptions,
  type CandidateSourceSubject,
  openWith,
  stored,
} from './source-under-test.ts';
import { tenantRules } from './tenant-rules.ts';
import { writerRules } from './writer-rules.ts';

const always = [...searchRules, ...filterRules, ...numberRules, ...failureRules, ...writerRules];

/** Every rule of {@link candidateSourceContract}, with those that an option asks for, for reports that list what was checked. */
export const candidateSourceRules: readonly Rule<CandidateSourceSubject>[] = [
  ...always,
  ...tenantRules,
  ...readerRules,
  ...existingDataRules,
  ...interruptionRules,
  ...fetchRules,
];

/**
 * Registers the rules that every stage-1 adapter must keep, as tests of the caller's test runner:
 *
 *     candidateSourceContract(test, { open, unreachable, askClient, tenants, reader, existing, slow, fetch });
 *
 * @throws AssertionError when an exemption names no rule or gives no reason
 *
 * @example
 * import { test } from 'node:test';
 * import { RetrievalError } from '@secondpass/core';
 * import { candidateSourceContract, inMemorySource } from '@secondpass/core/testing';
 * const said = { origin: 'in-memory', problem: 'No answer.', nextStep: 'Start it.', cause: new Error('ECONNREFUSED') };
 * const down = new RetrievalError({ code: 'source-unreachable', ...said });
 * const unreachable = async () => ({ ...inMemorySource().source, search: () => Promise.reject(down) });
 * candidateSourceContract(test, { open: async () => inMemorySource(), unreachable, askClient: async () => 'still open' });
 */
export function candidateSourceContract(test: TestFunction, options: CandidateSourceContractOptions): void {
  let loading: Promise<CandidateSource> | undefined;
  const loaded = () => {
    loading ??= openWith(options, corpus.map(stored)).then(({ source }) => source);
    return loading;
  };
  const rules = [
    ...always,
    ...(options.tenants ? tenantRules : []),
    ...(options.reader ? readerRules : []),
    ...(options.existing ? existingDataRules : []),
    ...(options.slow ? interruptionRules : []),
    ...(options.fetch ? fetchRules : []),
  ];
  registerRules(test, rules, { ...options, loaded }, options.exempt);
}
