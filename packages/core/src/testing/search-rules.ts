import assert from 'node:assert/strict';
import type { Degradation } from '../retrieval/seams/degradation.ts';
import type { Rule } from './contract.ts';
import { corpus, queries } from './corpus.ts';
import { everyJsonType } from './every-json-type.ts';
import { cosine } from './in-memory-scores.ts';
import { inMemorySource } from './in-memory-source.ts';
import { type CandidateSourceSubject, openWith, stored } from './source-under-test.ts';

/** What a search returns, and that it changes nothing else. */
export const searchRules: readonly Rule<CandidateSourceSubject>[] = [
  {
    name: 'returns at most depth candidates',
    async check({ loaded }) {
      const source = await loaded();
      for (const depth of [1, 2, 11]) {
        assert.equal((await source.search({ query: queries[0], depth })).length, depth);
      }
    },
  },
  {
    name: 'a depth above the corpus size returns everything, with nothing to tell',
    async check({ loaded }) {
      const onDegraded = ({ reason }: Degradation) => assert.fail(reason);
      const candidates = await (await loaded()).search({ query: queries[0], depth: 1000, onDegraded });
      assert.deepEqual(candidates.map(({ id }) => id).sort(), corpus.map(({ id }) => id).sort());
    },
  },
  {
    name: 'ranks from 1 without gaps, scores finite and not increasing',
    async check({ loaded }) {
      const candidates = await (await loaded()).search({ query: queries[1], depth: 12 });
      for (const [index, { rank, score }] of candidates.entries()) {
        assert.equal(rank, index + 1);
        assert.ok(Number.isFinite(score), `The score at rank ${rank} is ${score}.`);
        assert.ok(
          index === 0 || candidates[index - 1]!.score >= score,
          `The score at rank ${rank} is above the one before.`,
        );
      }
    },
  },
  {
    name: 'nearest first, in the order that exact comparison gives',
    async check({ loaded }) {
      const { source: reference } = await openWith(
        { open: async () => inMemorySource() },
        corpus.map(stored),
      );
      const source = await loaded();
      for (const query of queries) {
        const expected = await reference.search({ query, depth: 12 });
        const candidates = await source.search({ query, depth: 12 });
        assert.deepEqual(
          candidates.map(({ id }) => id),
          expected.map(({ id }) => id),
          query.text,
        );
      }
    },
  },
  {
    name: 'calls its score a cosine only where it is one',
    async check({ loaded }) {
      const source = await loaded();
      const vectors = new Map(corpus.map(({ id, vector }) => [id, vector]));
      for (const query of queries) {
        const candidates = await source.search({ query, depth: 12 });
        if (source.similarity === undefined) continue;
        assert.equal(source.similarity, 'cosine');
        for (const { id, score } of candidates) {
          const exact = cosine(query.vector!, vectors.get(id)!);
          // An index may keep its vectors in fewer bits.
          assert.ok(Math.abs(score - exact) < 0.02, `The score of ${id} is ${score}, its cosine ${exact}.`);
        }
      }
    },
  },
  {
    name: 'a passage is nearest to its own vector',
    async check({ loaded }) {
      const source = await loaded();
      for (const { id, text, vector } of corpus) {
        const [best] = await source.search({ query: { text, vector }, depth: 1 });
        assert.equal(best?.id, id);
      }
    },
  },
  {
    name: 'gives id, text and payload as they were stored',
    async check({ loaded }) {
      const candidates = await (await loaded()).search({ query: queries[2], depth: 12 });
      for (const { id, text, payload } of candidates) {
        const document = corpus.find((other) => other.id === id);
        assert.deepEqual({ text, payload }, { text: document?.text, payload: document?.payload });
      }
    },
  },
  {
    name: 'payload round trip of every JSON type',
    async check(subject) {
      const { source } = await openWith(subject, [stored({ ...corpus[0]!, payload: everyJsonType })]);
      const [candidate] = await source.search({ query: queries[0], depth: 1 });
      assert.deepEqual(candidate?.payload, everyJsonType);
    },
  },
  {
    name: 'ids and texts in any script and with any punctuation',
    async check(subject) {
      const texts = Object.values(everyJsonType).filter(
        (value) => typeof value === 'string' && value !== '',
      ) as string[];
      const documents = texts.map((text, index) =>
        stored({ ...corpus[index]!, id: text, text: `${text} ${text}` }),
      );
      const { source, writer } = await openWith(subject, documents);
      const candidates = await source.search({ query: queries[0], depth: 12 });
      assert.deepEqual(
        candidates.map(({ id, text }) => [id, text]).sort(),
        documents.map(({ id, text }) => [id, text]).sort(),
      );
      assert.deepEqual([...(await writer.storedDigests(texts)).keys()].sort(), texts.sort());
    },
  },
  {
    name: 'the same query twice gives the same ids',
    async check({ loaded }) {
      const source = await loaded();
      const search = async () => (await source.search({ query: queries[3], depth: 12 })).map(({ id }) => id);
      assert.deepEqual(await search(), await search());
    },
  },
  {
    name: 'equal scores are ordered by id',
    async check(subject) {
      const { vector } = corpus[0]!;
      const ids = ['m', 'c', 'x', 'a', 'k'];
      const { source } = await openWith(
        subject,
        ids.map((id) => stored({ id, text: `Text ${id}`, vector })),
      );
      const candidates = await source.search({ query: { text: 'any', vector }, depth: 5 });
      assert.deepEqual(
        candidates.map(({ id }) => id),
        ids.toSorted(),
      );
    },
  },
  {
    name: 'the request is left as it was',
    async check({ loaded }) {
      const filter = {
        and: [{ field: 'tags', in: ['water', 'moon'] }, { not: { field: 'minutes', gt: 1000 } }],
      };
      const request = { query: { ...queries[1], vector: queries[1].vector.slice() }, depth: 3, filter };
      const before = JSON.stringify(request);
      await (await loaded()).search(request);
      assert.equal(JSON.stringify(request), before);
    },
  },
  {
    name: '50 concurrent searches do not mix',
    async check({ loaded }) {
      const source = await loaded();
      const searches = Array.from({ length: 50 }, async (_, index) => {
        const query = queries[index % queries.length]!;
        const subject = ['baking', 'sea', 'sky', 'repair'][index % 4];
        const filtered = index % 5 === 0;
        const candidates = await source.search({
          query,
          depth: 3,
          ...(filtered && { filter: { field: 'subject', eq: subject! } }),
        });
        if (filtered) assert.ok(candidates.every(({ payload }) => payload?.['subject'] === subject));
        else assert.equal(candidates[0]?.id, query.relevant[0]);
      });
      await Promise.all(searches);
    },
  },
];
