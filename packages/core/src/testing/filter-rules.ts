import assert from 'node:assert/strict';
import { RetrievalError } from '../foundation/retrieval-error.ts';
import type { Filter } from '../retrieval/seams/filter.ts';
import type { Rule } from './contract.ts';
import { corpus, queries } from './corpus.ts';
import { filterMatches } from './filter-matches.ts';
import { randomFilter, randomPayload, seeded } from './random-filters.ts';
import { type CandidateSourceSubject, openWith, stored } from './source-under-test.ts';

const subject = 'subject';

/** One filter for each feature of the language, and the number of passages in the corpus that match it. */
const examples: readonly (readonly [Filter, number])[] = [
  [{ field: subject, eq: 'sea' }, 3],
  [{ field: subject, ne: 'sea' }, 9],
  [{ field: subject, in: ['sea', 'sky', 'nowhere'] }, 6],
  [{ field: 'tags', eq: 'water' }, 4],
  [{ field: 'tags', eq: 'knots' }, 1],
  [{ field: 'tags', ne: 'water' }, 8],
  [{ field: 'tags', in: ['moon', 'knots'] }, 3],
  [{ field: 'tags', exists: true }, 10],
  [{ field: 'source', exists: true }, 0],
  [{ field: 'source', exists: false }, 12],
  [{ field: 'author', exists: true }, 5],
  [{ field: 'author.name', eq: 'Ines' }, 2],
  [{ field: 'author.name', eq: 'Amélie 🌙' }, 1],
  [{ field: 'author.country', exists: true }, 3],
  [{ field: 'subject.name', exists: true }, 0],
  [{ field: 'tested', eq: true }, 3],
  [{ field: 'tested', eq: false }, 2],
  [{ field: 'tested', eq: 'true' }, 0],
  [{ field: 'minutes', eq: 20 }, 2],
  [{ field: 'minutes', eq: '20' }, 0],
  [{ field: 'minutes', eq: 35.5 }, 1],
  [{ field: 'minutes', gt: 20 }, 4],
  [{ field: 'minutes', gte: 20 }, 6],
  [{ field: 'minutes', lt: 15 }, 2],
  [{ field: 'minutes', lte: 15 }, 3],
  [{ field: 'minutes', gte: 15, lt: 90 }, 4],
  [{ field: 'minutes', lt: '9' }, 0],
  [{ field: 'published', gte: '2024-01-01' }, 3],
  [{ field: 'published', gt: '2024-03-01' }, 1],
  [{ field: 'published', lt: '2024' }, 1],
  [
    {
      and: [
        { field: subject, eq: 'sea' },
        { field: 'tags', eq: 'water' },
      ],
    },
    2,
  ],
  [
    {
      or: [
        { field: subject, eq: 'sea' },
        { field: 'tags', eq: 'water' },
      ],
    },
    5,
  ],
  [{ not: { field: subject, eq: 'sea' } }, 9],
  [{ not: { field: 'minutes', gt: 20 } }, 8],
  [{ not: { not: { field: 'minutes', gt: 20 } } }, 4],
  [{ field: 'nowhere', ne: 'x' }, 12],
  [{ field: 'nowhere.at.all', eq: 'x' }, 0],
];

const hostile = [
  "'; DROP TABLE documents; --",
  '" OR 1=1 --',
  "\\'; SELECT 1; --",
  '$1',
  '%s ? {0}',
  '*',
  'a->b',
  '$[*]',
  '__proto__',
  'constructor',
  '{"match_all":{}}',
];

/** The portable filter language, compared with a simple reference evaluator. */
export const filterRules: readonly Rule<CandidateSourceSubject>[] = [
  {
    name: 'each filter operator lets through what the language says',
    async check({ loaded }) {
      const source = await loaded();
      for (const [filter, count] of examples) {
        const expected = corpus.filter(({ payload }) => filterMatches(filter, payload)).map(({ id }) => id);
        assert.equal(expected.length, count, `The example ${JSON.stringify(filter)} is wrong.`);
        const candidates = await source.search({ query: queries[0], depth: 12, filter });
        assert.deepEqual(candidates.map(({ id }) => id).sort(), expected.sort(), JSON.stringify(filter));
      }
    },
  },
  {
    name: 'random filters over random payloads agree with brute force',
    async check(subjectUnderTest) {
      const random = seeded(20_261_123);
      const documents = Array.from({ length: 60 }, (_, index) =>
        stored({
          id: `d${index}`,
          text: `Passage ${index}`,
          vector: Float32Array.from({ length: 4 }, () => random() - 0.5),
          payload: randomPayload(random),
        }),
      );
      const { source } = await openWith(subjectUnderTest, documents);
      for (let round = 0; round < 200; round += 1) {
        const filter = randomFilter(random);
        const expected = documents
          .filter(({ payload }) => filterMatches(filter, payload))
          .map(({ id }) => id);
        const candidates = await source.search({ query: queries[round % 4]!, depth: 60, filter });
        assert.deepEqual(candidates.map(({ id }) => id).sort(), expected.sort(), JSON.stringify(filter));
      }
    },
  },
  {
    name: 'hostile field names and values are data',
    async check(subjectUnderTest) {
      const documents = hostile.map((text, index) =>
        stored({ ...corpus[index]!, payload: Object.fromEntries([[text.replaceAll('.', ''), text]]) }),
      );
      const { source } = await openWith(subjectUnderTest, documents);
      for (const [index, text] of hostile.entries()) {
        const filter = { field: text, eq: text };
        const candidates = await source.search({ query: queries[0], depth: 12, filter });
        assert.deepEqual(
          candidates.map(({ id }) => id),
          [documents[index]!.id],
          text,
        );
        const others = await source.search({ query: queries[0], depth: 12, filter: { not: filter } });
        assert.equal(others.length, hostile.length - 1, text);
        const greater = await source.search({
          query: queries[0],
          depth: 12,
          filter: { field: text, gte: text },
        });
        assert.equal(greater.length, 1, text);
      }
    },
  },
  {
    name: 'a filter that lets nothing through gives []',
    async check({ loaded }) {
      const filter = { field: subject, eq: 'gardening' };
      assert.deepEqual(await (await loaded()).search({ query: queries[0], depth: 12, filter }), []);
    },
  },
  {
    name: 'refuses a filter that is not one',
    async check({ loaded }) {
      const source = await loaded();
      for (const filter of [
        {},
        { field: 'a' },
        { field: 'a', like: 'b' },
        { and: [] },
        { field: 'a', gt: true },
      ]) {
        await assert.rejects(
          source.search({ query: queries[0], depth: 1, filter: filter as Filter }),
          (error) =>
            RetrievalError.is(error) && error.code === 'invalid-filter' && error.origin === source.name,
        );
      }
    },
  },
];
