import { expect, test } from '@jest/globals';
import { cachedReranker, cascadeReranker, failoverReranker } from '../../src/entries/rerankers.ts';
import { embeddingSource, fusedSource } from '../../src/entries/sources.ts';
import { closable, owning } from '../../src/foundation/closable.ts';
import { type CandidateSource, type Embedder, type Reranker, TwoStageRetriever } from '../../src/index.ts';
import { ScoreCache } from '../../src/retrieval/score-cache/score-cache.ts';

/** Parts that count how often they were closed. */
function parts() {
  const closed: string[] = [];
  const close = (name: string) => async () => {
    closed.push(name);
  };
  const source: CandidateSource = {
    name: 'source',
    input: 'vector',
    search: async () => [],
    close: close('source'),
  };
  const embedder: Embedder = {
    name: 'embedder',
    dimensions: 2,
    embed: async () => [new Float32Array(2)],
    close: close('embedder'),
  };
  const reranker: Reranker = {
    name: 'reranker',
    fingerprint: 'fixed',
    score: async ({ passages }) => passages.map(() => ({ score: 0.5, rawScore: 0, tokensCut: 0 })),
    close: close('reranker'),
  };
  return { closed, source, embedder, reranker };
}

type Parts = ReturnType<typeof parts>;

test.each<[string, (given: Parts) => AsyncDisposable]>([
  ['a retriever', ({ source, embedder, reranker }) => new TwoStageRetriever({ source, embedder, reranker })],
  ['a failover chain', ({ reranker }) => failoverReranker({ rerankers: [{ reranker }, { reranker }] })],
  ['a cascade', ({ reranker }) => cascadeReranker({ stages: [{ reranker }, { reranker, best: 1 }] })],
  [
    'a score cache',
    ({ reranker }) => cachedReranker(reranker, { cache: new ScoreCache({ maxBytes: 2 ** 20 }) }),
  ],
  ['fused sources', ({ source }) => fusedSource({ sources: [source, { ...source, name: 'other' }] })],
])('%s leaves open what was passed to it', async (_, make) => {
  const given = parts();
  {
    await using made = make(given);
    expect(made).toBeDefined();
  }
  expect(given.closed).toEqual([]);
});

test('a source with its embedder leaves both open', async () => {
  const given = parts();
  const { source, embedder } = given;
  await embeddingSource({ source, embedder }).close?.();
  expect(given.closed).toEqual([]);
});

test('one reranker serves two retrievers, and the second still answers after the first is closed', async () => {
  const { source, embedder, reranker } = parts();
  const first = new TwoStageRetriever({ source, embedder, reranker });
  const second = new TwoStageRetriever({ source, embedder, reranker });
  await first.close();
  expect((await second.retrieve('bread')).hits).toEqual([]);
});

test('what was opened for an object is closed after it', async () => {
  const order: string[] = [];
  const part = (name: string) => closable({ close: async () => void order.push(name) });
  await owning(part('outer'), [part('inner')]).close();
  expect(order).toEqual(['outer', 'inner']);
});
