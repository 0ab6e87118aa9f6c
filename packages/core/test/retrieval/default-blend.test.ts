import { describe, expect, test } from '@jest/globals';
import { defaultBlendOf } from '../../src/entries/extend.ts';
import { cachedReranker, cascadeReranker, failoverReranker } from '../../src/entries/rerankers.ts';
import { embeddingSource } from '../../src/entries/sources.ts';
import {
  type CandidateSource,
  type DefaultBlend,
  type Embedder,
  type Reranker,
  TwoStageRetriever,
} from '../../src/index.ts';
import { ScoreCache } from '../../src/retrieval/score-cache/score-cache.ts';

const defaultBlend: DefaultBlend = {
  weight: 0.5,
  embedder: { name: 'mini', fingerprints: ['abc', 'abc-in-int8'] },
};
const embedder = (fingerprint?: string): Embedder => ({
  name: 'mini',
  ...(fingerprint !== undefined && { fingerprint }),
  dimensions: 1,
  embed: async ({ texts }) => texts.map(() => Float32Array.of(1)),
});
/** Its own order is a, b, c; b is close behind a, c far behind. */
const source = (given: Partial<CandidateSource> = {}): CandidateSource => ({
  name: 'three',
  input: 'vector',
  similarity: 'cosine',
  search: async () =>
    [0.9, 0.8, 0.1].map((score, index) => ({
      id: 'abc'[index]!,
      text: `passage ${index}`,
      score,
      rank: index + 1,
    })),
  ...given,
});
const scored = (rawScore: number) => ({ score: 0.5, rawScore, tokensCut: 0 });
/** Alone it puts c first. */
const reranker = (given: Partial<Reranker> = {}): Reranker => ({
  name: 'own',
  fingerprint: 'own',
  defaultBlend,
  score: async () => [1, 2, 2.5].map((rawScore) => scored(rawScore)),
  ...given,
});

describe('a pipeline whose reranker states a weight', () => {
  const retriever = (given: Partial<ConstructorParameters<typeof TwoStageRetriever>[0]> = {}) =>
    new TwoStageRetriever({
      source: source(),
      reranker: reranker(),
      embedder: embedder('abc'),
      topK: 3,
      ...given,
    });
  const ids = (hits: readonly { candidate: { id: string } }[]) =>
    hits.map(({ candidate }) => candidate.id).join('');

  test('blends by it, and says so', async () => {
    const ranking = await retriever().retrieve('q');
    expect(ids(ranking.hits)).toBe('bca');
    expect(ranking.blend).toBe(0.5);
    expect(ranking.hits[0]).toHaveProperty('blended');
  });

  test.each([
    ['the retriever', { blend: 0 }, {}],
    ['the query', {}, { blend: 0 }],
  ])('does not where %s asks for 0', async (_, config, options) => {
    const ranking = await retriever(config).retrieve('q', options);
    expect(ids(ranking.hits)).toBe('cba');
    expect(ranking).not.toHaveProperty('blend');
    expect(ranking.hits[0]).not.toHaveProperty('blended');
  });

  test('knows every precision of the embedder', async () => {
    expect((await retriever({ embedder: embedder('abc-in-int8') }).retrieve('q')).blend).toBe(0.5);
  });

  test('takes the weight that is asked for', async () => {
    const ranking = await retriever({ blend: 1 }).retrieve('q');
    expect(ids(ranking.hits)).toBe('abc');
    expect(ranking.blend).toBe(1);
  });

  test('knows what a source says of itself after its first search', async () => {
    let searched = false;
    const late = source({
      async search(request) {
        searched = true;
        return source().search(request);
      },
    });
    Object.defineProperty(late, 'similarity', { get: () => (searched ? 'cosine' : undefined) });
    expect((await retriever({ source: late }).retrieve('q')).blend).toBe(0.5);
  });

  test.each([
    ['another embedder', { embedder: embedder('other') }],
    ['an embedder without a fingerprint', { embedder: embedder() }],
    ['an embedder whose fingerprint is empty', { embedder: embedder('') }],
    ['a score that is no cosine', { source: source({ similarity: undefined }) }],
    ['a search by text', { source: source({ input: 'text' }) }],
    ['a hybrid search', { source: source({ input: 'hybrid' }) }],
    ['a reranker that states none', { reranker: { name: 'none', score: reranker().score } }],
  ])('leaves stage 1 out with %s', async (_, given) => {
    const ranking = await retriever(given).retrieve('q');
    expect(ids(ranking.hits)).toBe('cba');
    expect(ranking).not.toHaveProperty('blend');
  });

  test('blends the tiers of a cascade by the weight of each model, and says that of the last', async () => {
    // Alone the first model would give the second a and c.
    const first = reranker({ score: async () => [3, 2, 2.2].map((raw) => scored(raw)) });
    const read: (readonly string[])[] = [];
    const second = reranker({
      defaultBlend: { ...defaultBlend, weight: 0.25 },
      score: async ({ passages }) => {
        read.push(passages);
        return passages.map((_, index) => scored(index));
      },
    });
    const cascade = cascadeReranker({ stages: [{ reranker: first }, { reranker: second, best: 2 }] });
    const ranking = await retriever({ reranker: cascade }).retrieve('q');
    expect(read).toEqual([['passage 0', 'passage 1']]);
    expect(ids(ranking.hits)).toBe('bac');
    expect(ranking.blend).toBe(0.25);
    const alone = await retriever({ reranker: cascade, blend: 0 }).retrieve('q');
    expect(read[1]).toEqual(['passage 0', 'passage 2']);
    expect(ids(alone.hits)).toBe('cab');
    expect(alone).not.toHaveProperty('blend');
  });

  test('knows the embedder that is built into a source', () => {
    const built = embeddingSource({ source: source(), embedder: embedder('abc') });
    expect(defaultBlendOf({ source: built, reranker: reranker() })).toBe(0.5);
    const other = embeddingSource({ source: source(), embedder: embedder('other') });
    expect(defaultBlendOf({ source: other, embedder: embedder('abc'), reranker: reranker() })).toBe(0);
  });
});

test('a score cache and a chain of replicas state what their reranker states', () => {
  expect(cachedReranker(reranker(), { cache: new ScoreCache({ maxBytes: 1_000 }) }).defaultBlend).toEqual(
    defaultBlend,
  );
  const chain = (...names: string[]) =>
    failoverReranker({ rerankers: names.map((fingerprint) => ({ reranker: reranker({ fingerprint }) })) });
  expect(chain('one', 'one').defaultBlend).toEqual(defaultBlend);
  expect(chain('one', 'two').defaultBlend).toBeUndefined();
});
