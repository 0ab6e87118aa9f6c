import {
  type CandidateSource,
  type Embedder,
  indexDocuments,
  migrateDocuments,
  parseFilter,
  type Reranker,
  rank,
  TwoStageRetriever,
} from '@secondpass/core';
import { buildContext, checkCitations, documentsInMemory } from '@secondpass/core/answers';
import {
  cachedReranker,
  calibrateCascade,
  cascadeReranker,
  failoverReranker,
  ScoreCache,
} from '@secondpass/core/rerankers';
import { embeddingSource, fuse, fusedSource } from '@secondpass/core/sources';
import { inMemorySource } from '@secondpass/core/testing';
import { testEntries } from './test-entries.ts';
import { type Entry, secret } from './try-inputs.ts';

const candidates = [
  { id: 'a', text: `Bread rises ${secret}.`, score: 0.9, rank: 1, payload: { title: 'Bread', place: 1 } },
  { id: 'b', text: 'Salt slows yeast.', score: 0.8, rank: 2, payload: { title: 'Salt', place: 2 } },
];
const source: CandidateSource = { name: 'list', input: 'text', search: async () => candidates };
const other: CandidateSource = {
  name: 'other',
  input: 'text',
  search: async () =>
    candidates.toReversed().map((one, index) => ({ ...one, rank: index + 1, score: 0.5 - index / 10 })),
};
const byVector: CandidateSource = { name: 'vectors', input: 'vector', search: async () => candidates };
const embedder: Embedder = {
  name: 'fixed',
  dimensions: 2,
  embed: async ({ texts }) => texts.map(() => Float32Array.of(1, 0)),
};
const reranker: Reranker = {
  name: 'lengths',
  fingerprint: 'lengths-1',
  score: async ({ passages }) =>
    passages.map((passage) => ({ score: 1 / (1 + passage.length), rawScore: -passage.length, tokensCut: 0 })),
};
const retriever = new TwoStageRetriever({ source, reranker });
const query = 'why does bread rise';
const hits = (await retriever.retrieve(query)).hits;
const hasHits = (answer: unknown) => Array.isArray((answer as { hits?: unknown }).hits);
const filled = async () => {
  const opened = inMemorySource();
  await opened.writer.prepare({ dimensions: 2 });
  await opened.writer.write([{ id: 'old', text: 'Old.', vector: Float32Array.of(0, 1), digest: 'd' }]);
  await opened.writer.finish();
  return opened;
};
const target = await filled();
const count = () => target.writer.count();
const scored = { query, passages: [`Bread ${secret}.`, 'Salt.'] };
const isScores = (answer: unknown) => Array.isArray(answer);
const context = await buildContext(hits, { tokenBudget: 500 });

const entries: readonly Entry[] = [
  {
    name: 'new TwoStageRetriever',
    valid: {
      source,
      reranker,
      depth: 10,
      topK: 2,
      timeoutMs: 1000,
      latencyBudgetMs: 500,
      onRerankFailure: 'throw',
      minScore: 0,
      scoreScaling: 'min-max',
      blend: 0.2,
      telemetry: { texts: false, documents: 5 },
    },
    call: (config) => new TwoStageRetriever(config).retrieve(query),
    isAnswer: hasHits,
  },
  {
    name: 'retrieve: text',
    valid: query,
    call: (text) => retriever.retrieve(text),
    isAnswer: hasHits,
  },
  {
    name: 'retrieve: options',
    valid: {
      depth: 10,
      topK: 2,
      filter: { field: 'a', eq: 1 },
      tenant: 'acme',
      timeoutMs: 1000,
      minScore: 0,
      blend: 0.5,
    },
    call: (options) => retriever.retrieve(query, options),
    isAnswer: hasHits,
  },
  {
    name: 'retrieve: what the source answers',
    valid: candidates,
    call: (found) =>
      new TwoStageRetriever({
        source: { name: 'own', input: 'text', search: async () => found },
        reranker,
      }).retrieve(query),
    isAnswer: hasHits,
  },
  {
    name: 'retrieve: what the reranker answers',
    valid: [
      { score: 0.5, rawScore: 0, tokensCut: 0 },
      { score: 0.4, rawScore: 0, tokensCut: 0 },
    ],
    call: (scores) =>
      new TwoStageRetriever({ source, reranker: { name: 'own', score: async () => scores } }).retrieve(query),
    isAnswer: hasHits,
  },
  {
    name: 'retrieve: what the embedder answers',
    valid: [Float32Array.of(1, 0)],
    call: (vectors) =>
      new TwoStageRetriever({
        source: target.source,
        embedder: { ...embedder, embed: async () => vectors },
        reranker,
      }).retrieve(query),
    isAnswer: hasHits,
  },
  {
    name: 'parseFilter',
    valid: {
      and: [
        { field: 'a', eq: 'x' },
        { or: [{ field: 'b.c', in: [1, 2] }, { not: { field: 'd', gte: 1, lt: 5 } }] },
      ],
    },
    call: (filter) => parseFilter(filter, 'test'),
    isAnswer: (answer) => typeof answer === 'object',
  },
  {
    name: 'rank: candidates',
    valid: candidates,
    call: (found) =>
      rank(
        found,
        [
          { score: 0.5, rawScore: 0, tokensCut: 0 },
          { score: 0.4, rawScore: 0, tokensCut: 0 },
        ],
        2,
      ),
    isAnswer: Array.isArray,
  },
  {
    name: 'rank: scores',
    valid: [{ score: 0.5, rawScore: 0, tokensCut: 0 }, null],
    call: (scores) => rank(candidates, scores, 2),
    isAnswer: Array.isArray,
  },
  {
    name: 'rank: topK',
    valid: 2,
    call: (topK) =>
      rank(
        candidates,
        [
          { score: 0.5, rawScore: 0, tokensCut: 0 },
          { score: 0.4, rawScore: 0, tokensCut: 0 },
        ],
        topK,
      ),
    isAnswer: Array.isArray,
  },
  {
    name: 'rank: options',
    valid: { minScore: 0, blend: 0.5, scoreScaling: 'min-max' },
    call: (options) =>
      rank(
        candidates,
        [
          { score: 0.5, rawScore: 0, tokensCut: 0 },
          { score: 0.4, rawScore: 0, tokensCut: 0 },
        ],
        2,
        options,
      ),
    isAnswer: Array.isArray,
  },
  {
    name: 'fusedSource',
    valid: {
      sources: [{ source, timeoutMs: 100, depth: 5, required: true, idPrefix: 'a/' }, other],
      fusion: { method: 'rrf', k: 60, weights: [1, 2] },
      minimumSources: 1,
      mergeBy: { payload: 'title' },
      name: 'fused',
    },
    call: (config) => fusedSource(config).search({ query: { text: query }, depth: 5 }),
    isAnswer: Array.isArray,
  },
  {
    name: 'fusedSource: search',
    valid: { query: { text: query }, depth: 5, filter: { field: 'a', eq: 1 } },
    call: (request) => fusedSource({ sources: [source, other] }).search(request),
    isAnswer: Array.isArray,
  },
  {
    name: 'fuse',
    valid: [
      { source: 'a', candidates },
      { source: 'b', candidates },
    ],
    call: (lists) => fuse(lists, { method: 'weighted' }, 5),
    isAnswer: Array.isArray,
  },
  {
    name: 'fuse: fusion',
    valid: { method: 'rrf', k: 60, weights: [1] },
    call: (fusion) => fuse([{ source: 'a', candidates }], fusion, 5),
    isAnswer: Array.isArray,
  },
  {
    name: 'embeddingSource',
    valid: { source: byVector, embedder },
    call: (config) => embeddingSource(config).search({ query: { text: query }, depth: 5 }),
    // What the source answers is for the pipeline to check.
    isAnswer: (answer) => answer === undefined || Array.isArray(answer),
  },
  {
    name: 'failoverReranker',
    valid: {
      rerankers: [
        {
          reranker,
          timeoutMs: 100,
          circuit: { failures: 2, failureShare: 0.5, windowMs: 1000, probeAfterMs: 10 },
          hedge: { afterPercentile: 95, budget: 0.1, to: 'same' },
        },
      ],
      name: 'chain',
    },
    call: (options) => failoverReranker(options).score(scored),
    isAnswer: isScores,
  },
  {
    name: 'failoverReranker: score',
    valid: scored,
    call: (request) => failoverReranker({ rerankers: [{ reranker }] }).score(request),
    isAnswer: isScores,
  },
  {
    name: 'cascadeReranker',
    valid: {
      stages: [
        { reranker, timeoutMs: 100 },
        { reranker, best: 1, exit: { topK: 1, step: 4, slope: 1, gap: 0.5 } },
      ],
      name: 'both',
    },
    call: (options) => cascadeReranker(options).score(scored),
    isAnswer: isScores,
  },
  {
    name: 'cascadeReranker: score',
    valid: scored,
    call: (request) => cascadeReranker({ stages: [{ reranker }, { reranker, best: 1 }] }).score(request),
    isAnswer: isScores,
  },
  {
    name: 'calibrateCascade',
    valid: {
      queries: Array.from({ length: 4 }, () => [
        { earlier: 1, later: 2 },
        { earlier: 0, later: 1 },
      ]),
      topK: 1,
      certainty: 0.5,
      step: 1,
      best: 2,
    },
    call: (request) => calibrateCascade(request),
    isAnswer: (answer) => typeof (answer as { gap: unknown }).gap === 'number',
  },
  {
    name: 'new ScoreCache',
    valid: { maxBytes: 1_000_000 },
    call: (options) => new ScoreCache(options),
  },
  {
    name: 'cachedReranker',
    valid: { cache: new ScoreCache({ maxBytes: 1_000_000 }), fingerprint: 'f' },
    call: (options) => cachedReranker(reranker, options).score(scored),
    isAnswer: isScores,
  },
  {
    name: 'cachedReranker: reranker',
    valid: { ...reranker },
    call: (one) => cachedReranker(one, { cache: new ScoreCache({ maxBytes: 1_000_000 }) }).score(scored),
    isAnswer: isScores,
  },
  {
    name: 'cachedReranker: score',
    valid: scored,
    call: (request) =>
      cachedReranker(reranker, { cache: new ScoreCache({ maxBytes: 1_000_000 }) }).score(request),
    isAnswer: isScores,
  },
  {
    name: 'buildContext: hits',
    valid: hits,
    call: (found) => buildContext(found, { tokenBudget: 500 }),
    isAnswer: (answer) => typeof (answer as { text: unknown }).text === 'string',
  },
  {
    name: 'buildContext: options',
    valid: {
      tokenBudget: 500,
      countTokens: (text: string) => text.length,
      diversity: { mmr: 0.5, vectors: () => [1, 0] },
      order: 'best-first',
      minScore: -100,
      citationStyle: 'tags',
      titleOf: () => 'Title',
      expand: {
        neighbors: () => ({ before: ['c'], after: ['d'] }),
        fetch: async (ids: readonly string[]) => ids.map((id) => ({ id, text: `Around ${secret}.` })),
        timeoutMs: 1000,
      },
    },
    call: (options) => buildContext(hits, options),
    isAnswer: (answer) => typeof (answer as { text: unknown }).text === 'string',
  },
  {
    name: 'buildContext: what fetch answers',
    valid: [{ id: 'whole', text: `Whole ${secret}.` }],
    call: (documents) =>
      buildContext(hits, {
        tokenBudget: 500,
        expand: { parent: () => 'whole', fetch: async () => documents },
      }),
  },
  {
    name: 'documentsInMemory',
    valid: { maxDocuments: 10 },
    call: (request) => documentsInMemory(target.reader, request),
  },
  {
    name: 'new TwoStageRetriever: shadow',
    valid: { record: () => undefined, sample: 0.5, maxPending: 2 },
    call: (shadow) => new TwoStageRetriever({ source, reranker, shadow }).retrieve(query),
    isAnswer: hasHits,
  },
  {
    name: 'checkCitations: answer',
    valid: 'Bread rises [1]. Salt slows [2].',
    call: (answer) => checkCitations(answer, context.citations, { minSupport: 0.5 }),
    isAnswer: (answer) => Array.isArray((answer as { cited: unknown }).cited),
  },
  {
    name: 'checkCitations: citations',
    valid: context.citations,
    call: (citations) =>
      checkCitations('Bread [1]. “Salt slows the yeast” [2].', citations, { minSupport: 0.5 }),
  },
  {
    name: 'checkCitations: options',
    valid: { minSupport: 0.5, locale: 'en' },
    call: (options) => checkCitations('Bread [1].', context.citations, options),
  },
  {
    name: 'indexDocuments',
    valid: {
      documents: [{ id: 'old', text: 'Old.' }],
      embedder,
      writer: target.writer,
      batchSize: 10,
      onProgress: () => undefined,
    },
    call: (request) => indexDocuments(request),
    state: count,
  },
  {
    name: 'indexDocuments: a document',
    valid: { id: 'old', text: `Text ${secret}.`, payload: { a: 1, list: ['x'] } },
    call: (document) => indexDocuments({ documents: [document], embedder, writer: target.writer }),
    state: count,
  },
  {
    name: 'migrateDocuments',
    valid: { reader: target.reader, writer: target.writer, batchSize: 10, onProgress: () => undefined },
    call: (request) => migrateDocuments(request),
    state: count,
  },
];

testEntries('retrieval', entries);
