import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { context, metrics, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { freePort } from '../../../../integration/services/free-port.ts';
import { cachedReranker } from '../../src/entries/rerankers.ts';
import {
  type BiEncoder,
  type CrossEncoder,
  indexDocuments,
  loadBiEncoder,
  loadCrossEncoder,
  TwoStageRetriever,
  type TwoStageRetrieverConfig,
} from '../../src/index.ts';
import { ScoreCache } from '../../src/retrieval/score-cache/score-cache.ts';
import { inMemorySource } from '../../src/testing/in-memory-source.ts';
import { damagedCopy, removeCopies } from '../models/damaged-model.ts';

const words = ['bread', 'oven', 'harbour', 'ship', 'comet', 'orbit', 'river', 'bridge'];
const documents = words.map((word) => ({ id: word, text: `all about the ${word}` }));
const spans = new InMemorySpanExporter();
let embedder: BiEncoder;
let reranker: CrossEncoder;
let source: TwoStageRetrieverConfig['source'];
let prometheus: PrometheusExporter;
let page: () => Promise<string>;

beforeAll(async () => {
  // The models are there before the SDK, as where a library is imported first.
  embedder = await loadBiEncoder(damagedCopy('tiny-sentence-bert'), { workers: 1 });
  reranker = await loadCrossEncoder(damagedCopy('tiny-bert'), { workers: 1 });
  const memory = inMemorySource();
  await indexDocuments({ documents, embedder, writer: memory.writer });
  source = memory.source;
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(
    new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: spans })] }),
  );
  const port = await freePort();
  prometheus = new PrometheusExporter({ port, host: '127.0.0.1', preventServerStart: true });
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [prometheus] }));
  await prometheus.startServer();
  page = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
});
afterAll(async () => {
  await Promise.all([embedder.close(), reranker.close(), prometheus.shutdown()]);
  for (const api of [context, metrics, trace]) api.disable();
  removeCopies();
});
beforeEach(() => spans.reset());

/** Values of a metric on the Prometheus page, by line. */
const linesOf = (text: string, start: string) => text.split('\n').filter((line) => line.startsWith(start));

describe('spans', () => {
  test('of one answer: its stages within it, with models, ids and scores and no text', async () => {
    const retriever = new TwoStageRetriever({ source, embedder, reranker, depth: 5, topK: 2 });
    const { hits } = await retriever.retrieve('a secret ship');
    const finished = spans.getFinishedSpans();
    const [embed, search, rerank, whole] = finished;
    expect(finished.map(({ name }) => name)).toEqual([
      `embeddings ${embedder.name}`,
      'search in-memory',
      `rerank ${reranker.name}`,
      'retrieval in-memory',
    ]);
    for (const stage of [embed, search, rerank]) {
      expect(stage!.parentSpanContext?.spanId).toBe(whole!.spanContext().spanId);
    }
    expect(embed!.attributes).toMatchObject({
      'openinference.span.kind': 'EMBEDDING',
      'gen_ai.operation.name': 'embeddings',
      'embedding.model_name': embedder.name,
    });
    expect(search!.attributes).toMatchObject({
      'openinference.span.kind': 'RETRIEVER',
      'gen_ai.retrieval.top_k': 5,
      'retrieval.documents.4.document.id': expect.any(String),
    });
    expect(rerank!.attributes).toMatchObject({
      'openinference.span.kind': 'RERANKER',
      'reranker.model_name': reranker.name,
      'reranker.top_k': 2,
      'reranker.output_documents.0.document.id': hits[0]!.candidate.id,
      'reranker.output_documents.0.document.score': hits[0]!.score,
    });
    expect(whole!.attributes).toMatchObject({
      'openinference.span.kind': 'CHAIN',
      'secondpass.candidates': 5,
    });
    const everything = JSON.stringify(
      finished.map(({ attributes, events, status }) => [attributes, events, status]),
    );
    expect(everything).not.toMatch(/secret|all about/);
  });

  test('hold texts where they are switched on, and as many documents as asked for', async () => {
    const telemetry = { texts: true, documents: 1 };
    const retriever = new TwoStageRetriever({ source, embedder, reranker, depth: 5, topK: 2, telemetry });
    await retriever.retrieve('a secret ship');
    const [embed, search, rerank, whole] = spans.getFinishedSpans();
    expect(whole!.attributes['input.value']).toBe('a secret ship');
    expect(embed!.attributes['embedding.embeddings.0.embedding.text']).toBe('a secret ship');
    expect(search!.attributes['retrieval.documents.0.document.content']).toMatch(/^all about the/);
    expect(search!.attributes).not.toHaveProperty(['retrieval.documents.1.document.id']);
    expect(rerank!.attributes['reranker.query']).toBe('a secret ship');
  });

  test('of a failure tell its code and not its message', async () => {
    const failing = { ...source, search: () => Promise.reject(new Error('near "a secret ship"')) };
    const retriever = new TwoStageRetriever({ source: failing, embedder, reranker });
    await expect(retriever.retrieve('a secret ship')).rejects.toThrow();
    const { attributes, status, events } = spans.getFinishedSpans().at(-1)!;
    expect({ type: attributes['error.type'], message: status.message, events }).toEqual({
      type: 'Error',
      message: 'Error',
      events: [],
    });
  });

  test.each([
    [{ texts: 'yes' as never }, 'telemetry.texts is "yes"'],
    [null as never, 'telemetry is null'],
    [{ documents: -1 }, 'telemetry.documents is -1'],
  ])('%j is refused', (telemetry, words) => {
    expect(() => new TwoStageRetriever({ source, embedder, reranker, telemetry })).toThrow(words);
  });
});

describe('metrics, as Prometheus reads them', () => {
  test('time every stage, the queue and the batches, and count cache hits and degraded answers', async () => {
    const cached = cachedReranker(reranker, { cache: new ScoreCache({ maxBytes: 1 << 20 }) });
    const retriever = new TwoStageRetriever({ source, embedder, reranker: cached, depth: 5, topK: 2 });
    for (const _ of [1, 2]) await retriever.retrieve('oven');
    const broken = new TwoStageRetriever({
      source,
      embedder,
      reranker: { name: 'broken', score: () => Promise.reject<[]>(new Error('down')) },
      onRerankFailure: 'keep-stage-1',
    });
    await broken.retrieve('oven');
    const text = await page();
    for (const stage of ['embed', 'search', 'rerank']) {
      expect(linesOf(text, 'secondpass_stage_duration_count').join('\n')).toContain(`stage="${stage}"`);
    }
    for (const name of ['queue_duration', 'batch_fill', 'batch_padding', 'retrieve_duration']) {
      expect(linesOf(text, `secondpass_${name}`).some((line) => line.includes('_count'))).toBe(true);
    }
    const pairs = linesOf(text, 'secondpass_score_cache_pairs').join('\n');
    expect(pairs).toMatch(/result="hit".* 5$/m);
    expect(pairs).toMatch(/result="miss".* 5$/m);
    expect(linesOf(text, 'secondpass_answers_degraded').join('\n')).toMatch(/stage="rerank".* 1$/m);
    expect(linesOf(text, 'secondpass_retrieve_duration').join('\n')).toContain('outcome="degraded"');
    expect(text).not.toContain('oven');
  });

  test('padding and fill are shares', async () => {
    const text = await page();
    const sums = linesOf(text, 'secondpass_batch_padding').filter((line) => line.includes('_sum'));
    expect(sums.length).toBeGreaterThan(0);
    for (const line of sums) expect(Number(line.split(' ').at(-1))).toBeGreaterThanOrEqual(0);
    expect(linesOf(text, 'secondpass_batch_padding').some((line) => line.includes('le="1"'))).toBe(true);
  });
});
