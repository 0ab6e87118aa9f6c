import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TwoStageRetriever } from '@secondpass/core';
import { Ajv2020, type AnySchema } from 'ajv/dist/2020.js';
import { documents, loadModels, query, type Started, startServer } from './start-server.ts';

let models: Awaited<ReturnType<typeof loadModels>>;
let started: Started;
let paths: Record<string, Record<string, Operation>>;
const ajv = new Ajv2020({ strict: false });

interface Operation {
  readonly requestBody?: { readonly content: Record<string, { readonly schema: AnySchema }> };
  readonly responses: Record<string, { readonly content?: Record<string, { readonly schema: AnySchema }> }>;
}

beforeAll(async () => {
  models = await loadModels();
  const source = {
    name: 'notes',
    input: 'text' as const,
    search: async () => documents.map((text, at) => ({ id: `${at}`, text, score: 1, rank: at + 1 })),
  };
  started = await startServer({
    rerankers: { nano: models.nano },
    embedders: { 'bi-encoder': models.embedder },
    pipelines: { notes: new TwoStageRetriever({ source, reranker: models.nano }) },
  });
  const { body } = await started.get('/openapi.json');
  expect(body.openapi).toBe('3.1.0');
  paths = body.paths;
});
afterAll(async () => {
  await started.server.drain();
  await models.close();
});

const routes: Readonly<Record<string, readonly [object, ...object[]]>> = {
  '/rerank': [
    { query, texts: documents, return_text: true },
    { query, documents, return_documents: true },
  ],
  '/v1/rerank': [
    { query, documents },
    { query, documents: [{ text: 'a', id: 7 }] },
  ],
  '/v2/rerank': [{ query, documents, max_tokens_per_doc: 10 }],
  '/voyage/v1/rerank': [{ query, documents, return_documents: true, top_k: null }],
  '/v1/embeddings': [{ input: documents }, { input: 'a', encoding_format: 'base64' }],
  '/embed': [{ inputs: documents }],
  '/search': [{ query }],
};

const check = (schema: AnySchema | undefined, value: unknown): void => {
  expect(schema).toBeDefined();
  const valid = ajv.validate(schema!, value);
  expect([ajv.errors, valid]).toEqual([null, true]);
};
const json = 'application/json';

describe('the OpenAPI document matches what is taken and answered', () => {
  test.each(Object.entries(routes))('POST %s', async (path, bodies) => {
    const { requestBody, responses } = paths[path]!['post']!;
    for (const body of bodies) {
      check(requestBody!.content[json]!.schema, body);
      const { status, body: answer } = await started.post(path, body);
      expect(status).toBe(200);
      check(responses['200']!.content![json]!.schema, answer);
    }
    for (const wrong of [{}, { query }, { ...bodies[0], model: 'other', pipeline: 'other' }, '{']) {
      const { status, body: answer } = await started.post(path, wrong);
      if (status === 200) continue;
      expect(status).toBeGreaterThanOrEqual(400);
      check(responses['4XX']!.content![json]!.schema, answer);
    }
  });

  test.each(['/health', '/ready', '/info'])('GET %s', async (path) => {
    const { body } = await started.get(path);
    check(paths[path]!['get']!.responses['200']!.content![json]!.schema, body);
  });

  test('holds every route that there is, and no other', () => {
    expect(Object.keys(paths).sort()).toEqual(
      [...Object.keys(routes), '/health', '/ready', '/info', '/metrics'].sort(),
    );
  });
});
