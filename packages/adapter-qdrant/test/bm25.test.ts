import { describe, expect, test } from '@jest/globals';
import { documentVector, queryVector, termIndex, terms } from '../src/bm25.ts';

const parameters = { k1: 1.2, b: 0.75, averageLength: 4 };

describe('terms', () => {
  test.each([
    ['Why does bread rise?', ['why', 'does', 'bread', 'rise']],
    ["don't PANIC, e-mail", ['don', 't', 'panic', 'e', 'mail']],
    ['Ünïcödé naı̈ve', ['ünïcödé', 'naı̈ve']],
    ['ﬁve １２ ½', ['five', '12', '1', '2']],
    ['東京都', ['東', '京', '都', '東京', '京都']],
    ['iPhone手机', ['iphone', '手', '机', '手机']],
    ['한국어 텍스트', ['한국어', '텍스트']],
    [' … — 🌙 ', []],
  ])('%j', (text, expected) => {
    expect(terms(text)).toEqual(expected);
  });
});

test('term indices are those of MurmurHash3 (x86, 32 bits), positive', () => {
  // Reference values of the published algorithm, seed 0: '' 0, 'test' 0xba6bd213, 'Hello, world!' 0xc0363e43.
  expect(termIndex('')).toBe(0);
  expect(termIndex('test')).toBe(Math.abs(0xba6bd213 | 0));
  expect(termIndex('Hello, world!')).toBe(Math.abs(0xc0363e43 | 0));
  expect(termIndex('The quick brown fox jumps over the lazy dog')).toBe(Math.abs(0x2e4ff723 | 0));
  // What Qdrant's own BM25 (qdrant-edge-py 0.9.0) gives to a term that it leaves as it is.
  expect(termIndex('zzqx')).toBe(592_750_374);
});

test('a document weighs its terms as BM25 does, without IDF', () => {
  const { indices, values } = documentVector('bread bread salt bread', parameters);
  expect(indices).toEqual([termIndex('bread'), termIndex('salt')]);
  expect(values[0]).toBeCloseTo((3 * 2.2) / (3 + 1.2), 12);
  expect(values[1]).toBeCloseTo((1 * 2.2) / (1 + 1.2), 12);
  const [longer] = documentVector('salt and more words than usual', parameters).values;
  expect(longer).toBeLessThan(values[1]!);
});

test('a query names each term once', () => {
  expect(queryVector('salt, Salt and SALT')).toEqual({
    indices: [termIndex('salt'), termIndex('and')],
    values: [1, 1],
  });
  expect(queryVector('?!')).toEqual({ indices: [], values: [] });
});
