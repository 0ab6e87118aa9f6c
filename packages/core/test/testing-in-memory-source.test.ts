import { describe, expect, jest, test } from '@jest/globals';
import {
  candidateSourceContract,
  candidateSourceRules,
  corpus,
  inMemorySource,
  qrels,
  queries,
} from '../src/testing/index.ts';
import { textSourceContract } from '../src/testing/text-source-contract.ts';

const unreachableRule = 'an engine that does not answer is source-unreachable, with its cause';

describe('the reference source keeps the contract', () => {
  candidateSourceContract(test, {
    open: async (options) => inMemorySource(options),
    unreachable: async () => inMemorySource().source,
    askClient: async () => undefined,
    tenants: { wideningFilters: ['anything'] },
    fetch: true,
    reader: { tolerance: 0 },
    exempt: [
      { rule: unreachableRule, reason: 'it is this process' },
      { rule: 'no native filter reaches beyond the tenant', reason: 'it has no language of its own' },
    ],
  });
});

describe('the reference source keeps the contract of searching by text', () => {
  textSourceContract(test, {
    open: async (options) => {
      const { textSource, writer } = inMemorySource(options);
      return { source: textSource, writer };
    },
    unreachable: async () => inMemorySource().textSource,
    tenants: { wideningFilters: [] },
    exempt: [
      {
        rule: 'a missing table is source-not-found, and a silent engine source-unreachable',
        reason: 'it is this process',
      },
    ],
  });
});

describe('exemptions', () => {
  const options = {
    open: async () => inMemorySource(),
    unreachable: async () => inMemorySource().source,
    askClient: async () => undefined,
  };

  test('one that names no rule is an error', () => {
    const exempt = [{ rule: 'returns at most dept candidates', reason: 'misspelt' }];
    expect(() => candidateSourceContract(jest.fn(), { ...options, exempt })).toThrow('names no rule');
  });

  test('one without a reason is an error', () => {
    const exempt = [{ rule: unreachableRule, reason: ' ' }];
    expect(() => candidateSourceContract(jest.fn(), { ...options, exempt })).toThrow('gives no reason');
  });

  test('one that is no longer needed fails', async () => {
    const cases = new Map<string, () => Promise<void>>();
    const exempt = [{ rule: 'returns at most depth candidates', reason: 'long ago' }];
    candidateSourceContract((name, run) => cases.set(name, run), { ...options, exempt });
    const stale = cases.get('returns at most depth candidates (exempt: long ago)');
    await expect(stale?.()).rejects.toThrow('delete its exemption');
  });
});

test('rules that need an option are registered with it, and listed always', () => {
  const names = (more: object) => {
    const registered: string[] = [];
    const options = {
      open: async () => inMemorySource(),
      unreachable: async () => inMemorySource().source,
      askClient: async () => undefined,
    };
    candidateSourceContract((name) => registered.push(name), { ...options, ...more });
    return registered;
  };
  const existing = { open: async () => inMemorySource().source };
  const slow = { filter: { native: '' }, working: async () => 0 };
  expect(names({ tenants: { wideningFilters: [''] }, reader: {}, existing, slow, fetch: true })).toEqual(
    candidateSourceRules.map(({ name }) => name),
  );
  expect(names({}).length).toBeLessThan(candidateSourceRules.length - 10);
});

test('the corpus: unique ids, unit vectors, judged ids exist', () => {
  expect(new Set(corpus.map(({ id }) => id)).size).toBe(corpus.length);
  for (const { vector } of corpus) expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
  const ids = new Set(corpus.map(({ id }) => id));
  for (const { id, relevant } of queries) {
    expect(relevant.every((document) => ids.has(document))).toBe(true);
    expect(Object.keys(qrels[id]!)).toEqual([...relevant]);
  }
});
