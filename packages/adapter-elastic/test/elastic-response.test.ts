import { expect, test } from '@jest/globals';
import { candidatesOf, hitsOf, valueAt } from '../src/elastic-response.ts';

const fields = { text: 'text', vector: 'vector', payload: 'payload' };
const hit = (_id: string, _score: number, payload?: unknown) => ({
  _id,
  _score,
  _source: { text: `Text ${_id}`, ...(payload !== undefined && { payload }) },
});
const scores = (similarity: string | undefined, ...given: number[]) =>
  candidatesOf(
    given.map((score, index) => hit(`${index}`, score)),
    { fields, ours: true, similarity },
  ).map(({ score }) => score);

test('scores mean what they mean in every adapter', () => {
  expect(scores('cosine', 1, 0.5, 0)).toEqual([1, 0, -1]);
  expect(scores('dot_product', 0.75)).toEqual([0.5]);
  expect(scores('max_inner_product', 8.5, 1, 0.25)).toEqual([7.5, 0, -3]);
  expect(scores('l2_norm', 1, 0.5, 0.1)).toEqual([0, -1, -3]);
  expect(scores(undefined, 12.5, 0.3)).toEqual([12.5, 0.3]);
});

test('ranks from 1, equal scores by id, payload from its JSON', () => {
  const candidates = candidatesOf([hit('b', 1), hit('a', 1, '{"__proto__":1}')], {
    fields,
    ours: true,
    similarity: 'cosine',
  });
  expect(candidates.map(({ id, rank }) => [id, rank])).toEqual([
    ['a', 1],
    ['b', 2],
  ]);
  expect(Object.keys(candidates[0]!.payload!)).toEqual(['__proto__']);
  expect(candidates[1]).not.toHaveProperty('payload');
});

test('an index of somebody else: dotted names, and the rest as payload', () => {
  const shape = {
    fields: { text: 'body.content', vector: 'v', payload: null },
    ours: false,
    similarity: undefined,
  };
  const [candidate] = candidatesOf(
    [{ _id: '1', _score: 1, _source: { 'body.content': 'Hi.', lang: 'en' } }],
    shape,
  );
  expect(candidate).toMatchObject({ text: 'Hi.', payload: { lang: 'en' } });
  expect(valueAt({ a: { 'b.c': { d: 1 } } }, 'a.b.c.d')).toBe(1);
  expect(valueAt({ a: 1 }, 'a.b')).toBeUndefined();
});

test('payload: null is what stands beside the text, and no payload where that is nothing', () => {
  const shape = {
    fields: { text: 'body.content', vector: 'v', payload: null },
    ours: false,
    similarity: undefined,
  };
  const payloads = [
    { body: { content: 'Hi.' }, year: 2020 },
    { body: { content: 'Hi.', lang: 'en' } },
    { body: { content: 'Hi.' } },
  ].map((_source) => candidatesOf([{ _id: '1', _score: 1, _source }], shape)[0]);
  expect(payloads.map((candidate) => candidate!.payload)).toEqual([
    { year: 2020 },
    { body: { lang: 'en' } },
    undefined,
  ]);
  expect(payloads[2]).not.toHaveProperty('payload');
});

test('an answer without hits is refused', () => {
  const refused = expect.objectContaining({ code: 'source-failed', origin: 'any' });
  expect(() => hitsOf({}, 'any')).toThrow(refused);
});

test('a document without text does not fail those next to it', () => {
  const sources = [{ text: 'Bread rises.' }, {}, { text: ['a'] }];
  const hits = sources.map((_source, index) => ({ _id: `${index}`, _score: 1, _source }));
  const candidates = candidatesOf(hits, { fields, ours: true, similarity: 'cosine' });
  expect(candidates.map(({ text }) => text)).toEqual(['Bread rises.', '', '']);
});
