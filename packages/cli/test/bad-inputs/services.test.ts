import { afterAll } from '@jest/globals';
import { embedderFromConfig, ollamaEmbedder, openAiEmbedder, teiEmbedder } from '@secondpass/embedder-remote';
import { aiSdkReranker, remoteReranker } from '@secondpass/reranker-remote';
import { listen } from '../../../adapter-qdrant/test/http-server.ts';
import { testEntries } from './test-entries.ts';
import { type Entry, secret } from './try-inputs.ts';

/** Answers as the services do, whatever is asked. */
const service = await listen(async (request, response) => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const answers: Record<string, unknown> = {
    '/embeddings': { data: [{ index: 0, embedding: [1, 0] }], model: 'm' },
    '/api/embed': { embeddings: [[1, 0]] },
    '/api/tags': { models: [] },
    '/embed': [[1, 0]],
    '/info': { model_id: 'm', max_client_batch_size: 8 },
  };
  const body = answers[request.url ?? ''] ?? {
    results: [
      { index: 0, relevance_score: 0.9 },
      { index: 1, relevance_score: 0.8 },
    ],
  };
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
});
afterAll(() => service.close());

const asked = { query: 'bread', passages: [`Bread ${secret}.`, 'Salt.'] };
const http = {
  name: 'mine',
  headers: { 'x-key': secret },
  apiKey: secret,
  compress: false,
  concurrency: 2,
  retries: 0,
  timeoutMs: 2000,
  totalTimeoutMs: 3000,
};
const scoring = {
  ...http,
  version: '1',
  scale: 'probability',
  maxDocuments: 10,
  maxCharacters: 1000,
  requestsPerMinute: 10_000,
  charactersPerMinute: 1_000_000,
  maxQueuedRequests: 4,
  closeAbandoned: true,
};
const embedding = {
  ...http,
  url: service.url,
  dimensions: 2,
  prompts: { query: 'q: ', passage: 'p: ' },
  maxTextsPerRequest: 8,
  maxCharactersPerRequest: 1000,
};
const cohere = {
  ...scoring,
  service: 'cohere',
  url: service.url,
  model: 'm',
  listwise: false,
  truncate: true,
  body: { extra: 1 },
};
const model = {
  provider: 'cohere.reranking',
  modelId: 'm',
  doRerank: async () => ({
    ranking: [
      { index: 0, relevanceScore: 0.9 },
      { index: 1, relevanceScore: 0.8 },
    ],
  }),
};
const embedded = async (opening: Promise<{ embed(request: object): Promise<unknown> }>) =>
  (await opening).embed({ texts: [`Bread ${secret}.`], kind: 'query' });
const opened = await remoteReranker({
  service: 'cohere',
  url: service.url,
  model: 'm',
  apiKey: secret,
  retries: 0,
});
const openedEmbedder = await openAiEmbedder({ url: service.url, model: 'm', apiKey: secret, retries: 0 });

const entries: readonly Entry[] = [
  {
    name: 'remoteReranker: cohere',
    valid: cohere,
    call: async (options) => (await remoteReranker(options)).score(asked),
    isAnswer: Array.isArray,
  },
  {
    name: 'remoteReranker: elasticsearch',
    valid: {
      service: 'elasticsearch',
      url: service.url,
      model: 'm',
      scale: 'logit',
      apiKey: secret,
      retries: 0,
    },
    call: (options) => remoteReranker(options),
  },
  {
    name: 'remoteReranker: kserve',
    valid: {
      service: 'kserve',
      url: service.url,
      model: 'm',
      directory: '.',
      tensors: 'json',
      maxQueryShare: 0.5,
      retries: 0,
    },
    call: (options) =>
      remoteReranker(options).catch((error: { code?: unknown }) => {
        if (error.code !== 'model-not-found') throw error;
      }),
  },
  {
    name: 'remoteReranker: score',
    valid: asked,
    call: (request) => opened.score(request),
    isAnswer: Array.isArray,
  },
  {
    name: 'aiSdkReranker',
    valid: { model, headers: { 'x-key': secret }, name: 'mine', version: '1', timeoutMs: 1000 },
    call: (options) => aiSdkReranker(options).score(asked),
    isAnswer: Array.isArray,
  },
  {
    name: 'aiSdkReranker: what the model answers',
    valid: await model.doRerank(),
    call: (answer) =>
      aiSdkReranker({ model: { ...model, doRerank: async () => answer }, retries: 0 }).score(asked),
    isAnswer: Array.isArray,
  },
  {
    name: 'openAiEmbedder',
    valid: { ...embedding, model: 'm', encoding: 'float' },
    call: (options) => embedded(openAiEmbedder(options)),
    isAnswer: Array.isArray,
  },
  {
    name: 'openAiEmbedder: embed',
    valid: { texts: ['Bread.'], kind: 'query' },
    call: (request) => openedEmbedder.embed(request),
    isAnswer: Array.isArray,
  },
  {
    name: 'teiEmbedder',
    valid: { ...embedding, unitLength: true, truncate: true, promptNames: { query: 'q' } },
    call: (options) => embedded(teiEmbedder(options)),
    isAnswer: Array.isArray,
  },
  {
    name: 'ollamaEmbedder',
    valid: { ...embedding, model: 'm', truncate: true },
    call: (options) => embedded(ollamaEmbedder(options)),
    isAnswer: Array.isArray,
  },
  {
    name: 'embedderFromConfig',
    valid: { dialect: 'openai', url: service.url, model: 'm', apiKey: secret, retries: 0 },
    call: (config) => embedded(embedderFromConfig(config)),
    isAnswer: Array.isArray,
  },
];

testEntries('services', entries);
