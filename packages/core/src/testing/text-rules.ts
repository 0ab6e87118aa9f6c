import assert from 'node:assert/strict';
import type { CandidateSource } from '../retrieval/seams/candidate-source.ts';
import type { Rule } from './contract.ts';
import { corpus } from './corpus.ts';
import { openWith, stored } from './source-under-test.ts';
import type { TextSourceSubject } from './text-source-under-test.ts';

/** Questions as people ask them: with the words of the passage that answers, and others. */
const questions: readonly (readonly [string, string])[] = [
  ['How do I stop a dripping tap?', 'fix-tap'],
  ['Which knot holds under load and still unties?', 'sea-rope'],
  ['why do stars twinkle at night', 'sky-star'],
  ['What does yeast do to sugar in dough, please?', 'bread-rise'],
  ['grams of salt in a litre of ocean water', 'sea-salt'],
  ['DRIPPING TAP', 'fix-tap'],
];

/** Engines take parts of these for operators; to a reader they are words and punctuation. */
const operators = [
  'tap & !dripping',
  'tap | (',
  '"dripping tap',
  'tap:* <-> dripping',
  'NOT tap AND OR dripping',
  'text:tap^2 +tap -dripping ~ /tap/ [a TO b] {x}',
  "tap'; DROP TABLE x; --",
  'tap \\ \\\\ %s $1 {0}',
];

const search = async (source: CandidateSource, text: string, depth = 12) =>
  (await source.search({ query: { text }, depth })).map(({ id }) => id);

/** What a search by text finds, and in which order. */
export const textRules: readonly Rule<TextSourceSubject>[] = [
  {
    name: 'reads text, and needs no vector',
    async check({ loaded }) {
      const source = await loaded();
      assert.equal(source.input, 'text');
      assert.deepEqual(await search(source, 'telescope'), ['sky-lens']);
    },
  },
  {
    name: 'a question finds the passage that shares its rare words first',
    async check({ loaded }) {
      const source = await loaded();
      for (const [question, expected] of questions) {
        assert.equal((await search(source, question))[0], expected, question);
      }
    },
  },
  {
    name: 'a passage is the best match of its own text',
    async check({ loaded }) {
      const source = await loaded();
      for (const { id, text } of corpus) assert.equal((await search(source, text))[0], id);
    },
  },
  {
    name: 'one word that matches is enough, and each more counts',
    async check(subject) {
      const texts = {
        one: 'copper alone',
        two: 'copper kettle here',
        three: 'copper kettle lid',
        none: 'iron pan',
      };
      const documents = Object.entries(texts).map(([id, text]) =>
        stored({ id, text, vector: corpus[0]!.vector }),
      );
      const { source } = await openWith(subject, documents);
      assert.deepEqual(await search(source, 'copper kettle lid'), ['three', 'two', 'one']);
    },
  },
  {
    name: 'at most depth candidates, ranks from 1 without gaps, scores finite and not increasing',
    async check({ loaded }) {
      const source = await loaded();
      for (const depth of [1, 2, 1000]) {
        const candidates = await source.search({ query: { text: 'water salt moon oven tap' }, depth });
        assert.ok(candidates.length > 0 && candidates.length <= depth);
        for (const [index, { rank, score }] of candidates.entries()) {
          assert.equal(rank, index + 1);
          assert.ok(Number.isFinite(score), `The score at rank ${rank} is ${score}.`);
          assert.ok(index === 0 || candidates[index - 1]!.score >= score);
        }
      }
    },
  },
  {
    name: 'equal scores are ordered by id, and the same query gives the same order',
    async check(subject) {
      const ids = ['m', 'c', 'x', 'a', 'k'];
      const { source } = await openWith(
        subject,
        ids.map((id) => stored({ id, text: 'The same copper kettle.', vector: corpus[0]!.vector })),
      );
      for (let round = 0; round < 3; round += 1) {
        assert.deepEqual(await search(source, 'copper kettle'), ids.toSorted());
      }
    },
  },
  {
    name: 'gives text and payload as they were stored',
    async check({ loaded }) {
      const candidates = await (await loaded()).search({ query: { text: 'moon water salt' }, depth: 12 });
      assert.ok(candidates.length > 2);
      for (const { id, text, payload } of candidates) {
        const document = corpus.find((other) => other.id === id);
        assert.deepEqual({ text, payload }, { text: document?.text, payload: document?.payload });
      }
    },
  },
  {
    name: 'filters choose among what is found',
    async check({ loaded }) {
      const source = await loaded();
      const text = 'salt water moon';
      const found = async (filter: Parameters<CandidateSource['search']>[0]['filter']) =>
        (await source.search({ query: { text }, depth: 12, ...(filter && { filter }) })).map(({ id }) => id);
      const all = await found(undefined);
      const sea = await found({ field: 'subject', eq: 'sea' });
      assert.deepEqual([...sea].sort(), all.filter((id) => id.startsWith('sea')).sort());
      assert.ok(sea.length > 0 && sea.length < all.length);
      const others = await found({ not: { field: 'subject', eq: 'sea' } });
      assert.deepEqual([...sea, ...others].sort(), all.toSorted());
      assert.deepEqual(await found({ field: 'subject', eq: 'gardening' }), []);
    },
  },
  {
    name: 'nothing in common is [], and so is a query without a word',
    async check({ loaded }) {
      const source = await loaded();
      for (const text of ['xylophone', '?!', '…', '🌙', '& | !', "'"]) {
        assert.deepEqual(await search(source, text), [], text);
      }
    },
  },
  {
    name: 'words in any script, in any case',
    async check(subject) {
      const texts = {
        ru: 'Москва слезам не верит.',
        de: 'Größe ist nicht alles.',
        he: 'שלום לכולם.',
        el: 'Καλημέρα κόσμε.',
      };
      const documents = Object.entries(texts).map(([id, text]) =>
        stored({ id, text, vector: corpus[0]!.vector }),
      );
      const { source } = await openWith(subject, documents);
      const asked = { ru: 'москва', de: 'GRÖßE', he: 'שלום', el: 'κόσμε' };
      for (const [id, text] of Object.entries(asked)) assert.deepEqual(await search(source, text), [id]);
    },
  },
  {
    name: 'operators of the engine are words and marks, and change nothing',
    async check({ loaded }) {
      const source = await loaded();
      for (const text of operators) assert.equal((await search(source, text))[0], 'fix-tap', text);
      assert.equal((await search(source, 'salt')).length, 2);
    },
  },
  {
    name: '50 concurrent searches by text do not mix',
    async check({ loaded }) {
      const source = await loaded();
      const searches = Array.from({ length: 50 }, async (_, index) => {
        const [question, expected] = questions[index % questions.length]!;
        assert.equal((await search(source, question, 3))[0], expected);
      });
      await Promise.all(searches);
    },
  },
];
