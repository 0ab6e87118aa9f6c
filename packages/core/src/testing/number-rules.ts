import assert from 'node:assert/strict';
import { RetrievalError } from '../foundation/retrieval-error.ts';
import type { Filter } from '../retrieval/seams/filter.ts';
import type { Rule } from './contract.ts';
import { queries } from './corpus.ts';
import { filterMatches } from './filter-matches.ts';
import { seeded } from './random-filters.ts';
import { type CandidateSourceSubject, openWith, stored } from './source-under-test.ts';

const [query] = queries;
const tweet = 1_784_530_912_236_650_497n;

/** Integers of 64 bits around the limit where rounding begins, and neighbors that share a float64. */
const integers: readonly bigint[] = [
  2n ** 53n,
  2n ** 53n + 1n,
  -(2n ** 53n) - 1n,
  tweet,
  tweet + 3n,
  tweet + 6n,
  -tweet,
  2n ** 62n + 1n,
  2n ** 63n - 2n,
  2n ** 63n - 1n,
  -(2n ** 63n),
  -(2n ** 63n) + 1n,
];
const numbers = [0, 7, -1.5, Number.MAX_SAFE_INTEGER, 1e21, 1e300];

function documentsOf(values: readonly unknown[]) {
  const random = seeded(9);
  return values.map((value, index) =>
    stored({
      id: `n${index}`,
      text: `Number ${index}`,
      vector: Float32Array.from({ length: 4 }, () => random() - 0.5),
      payload: { value, list: ['a', value], within: { value } },
    }),
  );
}

/** Integers that a `number` would round. */
export const numberRules: readonly Rule<CandidateSourceSubject>[] = [
  {
    name: 'integers of 64 bits come back as they were stored',
    async check(subject) {
      const documents = documentsOf([...integers, ...numbers, 2n ** 64n - 1n]);
      const { source } = await openWith(subject, documents);
      const candidates = await source.search({ query, depth: documents.length });
      assert.equal(candidates.length, documents.length);
      for (const { id, payload } of candidates) {
        assert.deepEqual(payload, documents.find((document) => document.id === id)?.payload);
      }
    },
  },
  {
    name: 'a filter tells integers apart that share a float64, or is refused by name',
    async check(subject) {
      const documents = documentsOf([...integers, ...numbers]);
      const { source } = await openWith(subject, documents);
      const operators = ['eq', 'ne', 'in', 'gt', 'gte', 'lt', 'lte'] as const;
      const filters: Filter[] = [...integers, ...numbers].flatMap((value) =>
        operators.flatMap((operator) =>
          ['value', 'list', 'within.value'].map((field) => ({
            field,
            [operator]: operator === 'in' ? [value, 'b', tweet + 3n] : value,
          })),
        ),
      );
      for (const filter of filters) {
        const asked = JSON.stringify(filter, (_, value) => (typeof value === 'bigint' ? `${value}n` : value));
        const expected = documents
          .filter(({ payload }) => filterMatches(filter, payload))
          .map(({ id }) => id);
        const found = await source
          .search({ query, depth: documents.length, filter })
          .then((candidates) => candidates.map(({ id }) => id).sort())
          .catch((error: unknown) => {
            const [operator, value] = Object.entries(filter)[1]!;
            const mayRefuse = typeof value === 'bigint' && /^[gl]te?$/.test(operator);
            assert.ok(mayRefuse && RetrievalError.is(error), `${asked}: ${error}`);
            assert.equal(error.code, 'invalid-filter');
            assert.ok(error.problem.includes(String(value)), error.problem);
            return undefined;
          });
        if (found !== undefined) assert.deepEqual(found, expected.sort(), asked);
      }
    },
  },
  {
    name: 'a number that may stand for another integer is refused by name',
    async check(subject) {
      const { source, writer } = await openWith(subject, documentsOf([1]));
      const rounded = Number(tweet);
      for (const operand of [{ eq: rounded }, { in: [1, rounded] }, { lt: rounded }, { ne: 2n ** 64n }]) {
        await assert.rejects(source.search({ query, depth: 1, filter: { field: 'value', ...operand } }), {
          code: 'invalid-filter',
        });
      }
      for (const value of [rounded, 2n ** 64n]) {
        await assert.rejects(
          writer.write(documentsOf([value])),
          (error) =>
            RetrievalError.is(error) &&
            error.code === 'invalid-document' &&
            error.problem.includes('payload.value'),
        );
      }
      assert.equal(await writer.count(), 1);
    },
  },
];
