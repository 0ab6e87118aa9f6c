import { describe, expect, test } from '@jest/globals';
import { candidatesOf } from '../src/qdrant-response.ts';
import { collection } from './collection.ts';

const point = (id: unknown, score: number, payload: unknown) => ({ id, score, payload });
const written = (id: string, score: number, payload?: unknown) =>
  point('uuid', score, { text: `Text ${id}`, secondpass: { id }, ...(payload !== undefined && { payload }) });

test('points of the writer have the id and the payload of their document', () => {
  const points = [written('b', 0.5), written('a', 0.5, { lang: 'en' }), written('c', 0.9, {})];
  expect(candidatesOf(points, 'cosine', collection)).toEqual([
    { id: 'c', text: 'Text c', score: 0.9, rank: 1, payload: {} },
    { id: 'a', text: 'Text a', score: 0.5, rank: 2, payload: { lang: 'en' } },
    { id: 'b', text: 'Text b', score: 0.5, rank: 3 },
  ]);
});

test('a cosine that Qdrant rounded to more than 1 is 1, and one below −1 is −1', () => {
  const points = [written('a', 1.0005), written('b', -1.0005)];
  expect(candidatesOf(points, 'cosine', collection).map(({ score }) => score)).toEqual([1, -1]);
  expect(candidatesOf(points, 'inner-product', collection)[0]?.score).toBe(1.0005);
});

test('a distance becomes a score where higher is better', () => {
  const points = [written('near', 0), written('far', 2.5)];
  expect(candidatesOf(points, 'l2', collection).map(({ id, score }) => [id, score])).toEqual([
    ['near', 0],
    ['far', -2.5],
  ]);
  expect(candidatesOf(points, 'inner-product', collection)[0]?.id).toBe('far');
  expect(candidatesOf(points, 'terms', collection)[0]?.id).toBe('far');
});

test('the exact JSON comes before what Qdrant made of it', () => {
  const json = '{"say \\"x\\"":0.30000000000000004}';
  const payload = { text: 'Text', payload: { 'say %22x%22': 0.3 }, secondpass: { id: 'a', json } };
  expect(candidatesOf([point('uuid', 1, payload)], 'cosine', collection)[0]?.payload).toEqual({
    'say "x"': 0.30000000000000004,
  });
});

describe('points of others', () => {
  const flat = { ...collection, payloadField: null, textField: 'page_content' };

  test('have their own id as a string, and the rest of the payload', () => {
    const big = 9_007_199_254_740_993n;
    const points = [
      point(42, 0.9, { page_content: 'One.', tags: [1, big], deep: { value: big, size: 10n ** 20n } }),
      point(big, 0.8, { page_content: 'Two.' }),
    ];
    expect(candidatesOf(points, 'cosine', flat)).toEqual([
      {
        id: '42',
        text: 'One.',
        score: 0.9,
        rank: 1,
        payload: { tags: [1, big], deep: { value: big, size: 1e20 } },
      },
      { id: '9007199254740993', text: 'Two.', score: 0.8, rank: 2 },
    ]);
  });

  test.each([[{}], [{ page_content: null }], [{ page_content: 5 }], [null]])(
    'without text (%j) do not fail those next to them',
    (payload) => {
      const points = [point(41, 0.9, { page_content: 'Text.' }), point(42, 0.8, payload)];
      expect(candidatesOf(points, 'cosine', flat).map(({ text }) => text)).toEqual(['Text.', '']);
    },
  );

  test.each([[[1]], ['text'], [5], [null]])('with %j for a payload have none', (payload) => {
    const points = [point(1, 1, { text: 'Text.', payload })];
    expect(candidatesOf(points, 'cosine', collection)[0]).not.toHaveProperty('payload');
  });
});
