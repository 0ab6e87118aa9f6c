import assert from 'node:assert/strict';
import type { Degradation } from '../retrieval/seams/degradation.ts';
import type { Filter } from '../retrieval/seams/filter.ts';
import type { Rule } from './contract.ts';
import { corpus, queries } from './corpus.ts';
import { filterMatches } from './filter-matches.ts';
import { type CandidateSourceContractOptions, type ExistingOptions, stored } from './source-under-test.ts';

type ExistingSubject = Pick<CandidateSourceContractOptions, 'existing'>;

const [query] = queries;

/** Fields as in real data: words, numbers, flags, lists; some passages lack some fields. */
const documents = corpus.map((document, index) =>
  stored({
    ...document,
    id: String(index + 1),
    payload: {
      author: ['Ines', 'Max', "O'Hara"][index % 3],
      year: 2020 + (index % 4),
      rating: index / 4,
      open: index % 2 === 0,
      tags: index % 2 === 0 ? ['new', 'read'] : ['read'],
      ...(index > 5 && { source: 'archive' }),
    },
  }),
);

const filters: readonly Filter[] = [
  { field: 'author', eq: 'Ines' },
  { field: 'author', ne: "O'Hara" },
  { field: 'author', in: ['Max', "O'Hara", 'Nobody'] },
  { field: 'author', eq: 2020 },
  { field: 'year', eq: 2021 },
  { field: 'year', eq: '2021' },
  { field: 'year', in: [2020, 2023] },
  { field: 'year', gte: 2021, lt: 2023 },
  { field: 'rating', gt: 1.25 },
  { field: 'rating', eq: 0.5 },
  { field: 'open', eq: true },
  { field: 'tags', eq: 'new' },
  { field: 'source', exists: true },
  { field: 'source', exists: false },
  { field: 'nowhere', eq: 'x' },
  { not: { field: 'nowhere', eq: 'x' } },
  {
    or: [
      {
        and: [
          { field: 'open', eq: false },
          { field: 'year', gt: 2021 },
        ],
      },
      { not: { field: 'tags', eq: 'read' } },
    ],
  },
];

/** Rules for data that the adapter's writer did not store. */
export const existingDataRules: readonly Rule<ExistingSubject>[] = [
  {
    name: 'existing data: all fields but text and vectors are the payload',
    async check(subject) {
      const source = await given(subject.existing).open(documents, {});
      const candidates = await source.search({ query, depth: documents.length });
      assert.equal(candidates.length, documents.length);
      for (const { id, text, payload } of candidates) {
        const document = documents.find((other) => other.id === id);
        // An empty column may come back as null.
        const filled = Object.entries(payload ?? {}).filter(([, value]) => value !== null);
        assert.deepEqual(
          { text, payload: Object.fromEntries(filled) },
          { text: document?.text, payload: document?.payload },
        );
      }
    },
  },
  {
    name: 'existing data: the fields are filtered by',
    async check(subject) {
      const source = await given(subject.existing).open(documents, { whenShort: 'exact' });
      for (const filter of filters) {
        const expected = documents
          .filter(({ payload }) => filterMatches(filter, payload))
          .map(({ id }) => id);
        const candidates = await source.search({ query, depth: documents.length, filter });
        assert.deepEqual(candidates.map(({ id }) => id).sort(), expected.sort(), JSON.stringify(filter));
      }
    },
  },
  {
    name: 'existing data: fewer candidates than depth are accepted, and told',
    async check(subject) {
      const source = await given(subject.existing).open(documents, {});
      const told: Degradation[] = [];
      const onDegraded = (degradation: Degradation) => void told.push(degradation);
      const filter = { field: 'author', eq: 'Ines' };
      const candidates = await source.search({ query, depth: 10, filter, onDegraded });
      assert.ok(candidates.length > 0 && candidates.length < 10);
      assert.deepEqual(
        told.map(({ stage }) => stage),
        ['search'],
      );
      assert.match(told[0]!.reason, new RegExp(`${candidates.length} of 10 candidates.*whenShort`));
      assert.ok(!told[0]!.reason.includes('Ines'), 'The reason quotes the filter.');
      told.length = 0;
      await source.search({ query, depth: 2, filter, onDegraded });
      assert.deepEqual(told, [], 'An answer that is not short was reported as short.');
    },
  },
  {
    name: "existing data: with whenShort: 'exact' nothing is missing, and nothing told",
    async check(subject) {
      const source = await given(subject.existing).open(documents, { whenShort: 'exact' });
      const onDegraded = ({ reason }: Degradation) => assert.fail(reason);
      const candidates = await source.search({ query, depth: 1000, onDegraded });
      assert.equal(candidates.length, documents.length);
    },
  },
];

function given(existing: ExistingOptions | undefined): ExistingOptions {
  assert.ok(existing, 'These rules need the option `existing`.');
  return existing;
}
