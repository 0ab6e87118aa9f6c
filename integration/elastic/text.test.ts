import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { elasticSource } from '@secondpass/adapter-elastic';
import type { CandidateSource } from '@secondpass/core';
import { corpus } from '@secondpass/core/testing';
import { describeEngine } from '../engines.ts';
import { startElastic } from '../services/elastic.ts';
import { openTestIndices, type TestIndices } from './test-indices.ts';

const engine = await startElastic(['9', '8']);

describeEngine('elastic', engine, ({ url, version, stop }) => {
  let indices: TestIndices;
  let source: CandidateSource;

  beforeAll(async () => {
    indices = openTestIndices({ url, version });
    const documents = corpus.map((document) => ({ ...document, digest: 'any' }));
    ({ source } = await indices.filled(documents, { asked: { match: 'text' } }));
  });

  afterAll(async () => {
    await indices.drop();
    await stop();
  });

  test('finds words, best first, without a vector', async () => {
    expect(source.input).toBe('text');
    const candidates = await source.search({ query: { text: 'Moon, TIDES?' }, depth: 10 });
    expect(candidates.map(({ id }) => id)).toEqual(['sea-tide', 'sky-moon']);
    expect(candidates.map(({ rank }) => rank)).toEqual([1, 2]);
    expect(candidates[0]!.score).toBeGreaterThan(candidates[1]!.score);
    expect(candidates[0]!.payload).toEqual(corpus.find(({ id }) => id === 'sea-tide')!.payload);
  });

  test('keeps depth and filters, and finding nothing is []', async () => {
    const query = { text: 'the moon, water and salt' };
    expect(await source.search({ query, depth: 1 })).toHaveLength(1);
    const filtered = await source.search({ query, depth: 10, filter: { field: 'subject', eq: 'sea' } });
    expect(filtered.map(({ id }) => id).sort()).toEqual(['sea-rope', 'sea-salt', 'sea-tide']);
    expect(await source.search({ query: { text: 'zeppelin' }, depth: 10 })).toEqual([]);
  });

  test('what is query language elsewhere is words here', async () => {
    for (const text of [
      'title:*',
      '*',
      '"moon" OR 1=1',
      '{"match_all":{}}',
      'moon~10 AND [* TO *]',
      '/.*/',
      'moon\\',
    ]) {
      const candidates = await source.search({ query: { text }, depth: 20 });
      expect(candidates.length).toBeLessThan(corpus.length);
    }
  });

  test('a query without a word to search by, and a blank one', async () => {
    expect(await source.search({ query: { text: '?!' }, depth: 10 })).toEqual([]);
    await expect(source.search({ query: { text: ' ' }, depth: 10 })).rejects.toMatchObject({
      code: 'invalid-query',
    });
    await expect(source.search({ query: { text: 'x'.repeat(1_000_000) }, depth: 10 })).rejects.toMatchObject({
      code: 'invalid-query',
    });
  });

  test('a query of very many words is answered or refused by name', async () => {
    const text = Array.from({ length: 5000 }, (_, index) => `w${index.toString(36)}`)
      .join(' ')
      .slice(0, 32_000);
    const answer = await source.search({ query: { text }, depth: 10 }).catch((error: unknown) => error);
    if (!Array.isArray(answer)) expect(answer).toMatchObject({ code: 'invalid-query' });
  });

  test('a missing index is source-not-found', async () => {
    const nowhere = elasticSource({ client: indices.client, index: indices.next(), match: 'text' });
    await expect(nowhere.search({ query: { text: 'moon' }, depth: 1 })).rejects.toMatchObject({
      code: 'source-not-found',
    });
  });
});
