import { createHash } from 'node:crypto';
import { type Embedder, type Reranker, RetrievalError, TwoStageRetriever } from '@secondpass/core';
import { rerankServer } from '@secondpass/server';
import type { Variant } from './bad-variants.ts';
import { testEntries } from './test-entries.ts';
import { type Entry, secret } from './try-inputs.ts';

const reranker: Reranker = {
  name: 'lengths',
  score: async ({ passages }) =>
    passages.map((passage) => ({ score: 1 / (1 + passage.length), rawScore: -passage.length, tokensCut: 0 })),
};
const embedder: Embedder = {
  name: 'fixed',
  dimensions: 2,
  embed: async ({ texts }) => texts.map(() => Float32Array.of(1, 0)),
};
const source = {
  name: 'list',
  input: 'text' as const,
  search: async () => [{ id: 'a', text: 'Bread.', score: 1, rank: 1 }],
};
const pipeline = new TwoStageRetriever({ source, reranker });
const options = {
  rerankers: { small: reranker },
  embedders: { bi: embedder },
  pipelines: { docs: pipeline },
  keys: [{ name: 'me', sha256: createHash('sha256').update('key').digest('hex'), tenant: 'acme' }],
  limits: {
    maxBodyBytes: 1_000_000,
    maxDocuments: 10,
    maxCharacters: 10_000,
    timeoutMs: 5000,
    maxQueued: 4,
    maxQueuedCharacters: 100_000,
    maxCharactersInWork: 100_000,
  },
  cores: 1,
  version: '1.0.0',
  log: { level: 'silent' as const },
};
const server = await rerankServer(options);
const texts = [`Bread ${secret}.`, 'Salt.'];

/** A refusal of the server as the error that it stands for; 500 and above is none. */
async function post(url: string, body: string, contentType = 'application/json') {
  const headers = { 'content-type': contentType, authorization: 'Bearer key' };
  const { statusCode, payload } = await server.app.inject({ method: 'POST', url, headers, payload: body });
  if (statusCode < 400 || statusCode >= 500) return { statusCode };
  throw new RetrievalError({
    code: 'invalid-options',
    origin: url,
    problem: payload,
    nextStep: 'Correct it.',
  });
}

const written = (input: unknown) => {
  try {
    return JSON.stringify(input) ?? '';
  } catch {
    return String(typeof input);
  }
};
const raw: readonly Variant[] = [
  '',
  '{',
  '[',
  'null',
  '"',
  '{"a":1}}',
  '\0',
  '\uFEFF{}',
  '{"__proto__":{"a":1}}',
  '{"constructor":{"prototype":{"a":1}}}',
  '['.repeat(100_000),
  `{"query":${'['.repeat(5000)}${']'.repeat(5000)}}`,
  '{"query":1e999}',
  'x'.repeat(2_000_000),
].map((input) => ({ change: `the body is ${input.slice(0, 12)}`, input: { raw: input } }));
const call = (url: string) => (input: unknown) => {
  const { raw: body } = (input ?? {}) as { raw?: unknown };
  return post(url, typeof body === 'string' ? body : written(input));
};

const bodies: Readonly<Record<string, unknown>> = {
  '/rerank': { query: 'bread', texts, raw_scores: false, return_text: true, truncate: true },
  '/v1/rerank': { model: 'small', query: 'bread', documents: texts, top_n: 1, return_documents: true },
  '/v2/rerank': { model: 'small', query: 'bread', documents: texts, top_n: 1, max_tokens_per_doc: 100 },
  '/voyage/v1/rerank': { model: 'small', query: 'bread', documents: texts, top_k: 1, return_documents: true },
  '/v1/embeddings': { model: 'bi', input: texts, encoding_format: 'float', dimensions: 2 },
  '/embed': { inputs: texts, normalize: true, truncate: true },
  '/search': {
    pipeline: 'docs',
    query: 'bread',
    topK: 1,
    depth: 2,
    filter: { and: [{ field: 'a', eq: 1 }] },
    tenant: 'acme',
  },
};
const isServed = (answer: unknown) => (answer as { statusCode: number }).statusCode === 200;

const entries: readonly Entry[] = [
  { name: 'rerankServer', valid: options, call: (given) => rerankServer(given) },
  ...Object.entries(bodies).map(
    ([url, valid]): Entry => ({ name: `POST ${url}`, valid, call: call(url), isAnswer: isServed, more: raw }),
  ),
  {
    name: 'POST with another content type',
    valid: 'application/json',
    call: (contentType: unknown) =>
      post(
        '/v2/rerank',
        written(bodies['/v2/rerank']),
        String(typeof contentType === 'string' ? contentType.replaceAll(/[^\x20-\x7e]/g, '?') : 'text/none'),
      ),
    isAnswer: isServed,
  },
];

testEntries('HTTP routes', entries);
