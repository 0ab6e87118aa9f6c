import { createHash } from 'node:crypto';
import { type Answer, json } from '../../service-client/test/replay-server.ts';
import type { RemoteService } from '../src/index.ts';

/** A number from -5 to 5 that only depends on the two texts. */
export function logitOf(query: string, text: string): number {
  const digest = createHash('sha256').update(`${query}\n${text}`).digest();
  return (digest.readUInt32LE(0) / 2 ** 32) * 10 - 5;
}

export function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

interface Scored {
  readonly index: number;
  readonly text: string;
  readonly logit: number;
}

/** Every service answers with the best first. */
function ranked(query: unknown, texts: unknown): Scored[] {
  return (texts as string[])
    .map((text, index) => ({ index, text, logit: logitOf(query as string, text) }))
    .sort((a, b) => b.logit - a.logit);
}

const usage = { total_tokens: 7, prompt_tokens: 7 };

/** Sound services, each in its own wire format as its documentation and code have it. */
export const serviceAnswers: Readonly<Record<Exclude<RemoteService, 'kserve'>, Answer>> = {
  cohere: (request, response) => {
    const { query, documents, top_n } = request.body;
    const results = ranked(query, documents)
      .slice(0, (top_n as number | undefined) ?? Infinity)
      .map(({ index, logit }) => ({ index, relevance_score: sigmoid(logit) }));
    const meta = { api_version: { version: '2', is_experimental: false }, billed_units: { search_units: 1 } };
    json({ id: '07734bd2-2473-4f07-94e1-0d9f0e6843cf', results, meta })(request, response);
  },
  jina: (request, response) => {
    const { query, documents, model } = request.body;
    const results = ranked(query, documents).map(({ index, logit }) => ({
      index,
      relevance_score: sigmoid(logit),
    }));
    json({ model, object: 'list', usage, results })(request, response);
  },
  voyage: (request, response) => {
    const { query, documents, model } = request.body;
    const data = ranked(query, documents).map(({ index, logit }) => ({
      index,
      relevance_score: sigmoid(logit),
    }));
    json({ object: 'list', data, model, usage: { total_tokens: 7 } })(request, response);
  },
  tei: (request, response) => {
    if (request.method === 'GET') return json({}, 404)(request, response);
    const { query, texts, raw_scores } = request.body;
    const scores = ranked(query, texts).map(({ index, logit }) => ({
      index,
      score: raw_scores === true ? logit : sigmoid(logit),
    }));
    json(scores, 200, { 'x-inference-time': '3' })(request, response);
  },
  infinity: (request, response) => {
    const { query, documents, raw_scores } = request.body;
    const results = ranked(query, documents).map(({ index, logit }) => ({
      relevance_score: raw_scores === true ? logit : sigmoid(logit),
      index,
      document: null,
    }));
    json({ object: 'rerank', id: 'infinity-1', created: 1, model: 'ce', results, usage })(request, response);
  },
  vllm: (request, response) => {
    const { query, documents, use_activation } = request.body;
    const results = ranked(query, documents).map(({ index, text, logit }) => ({
      index,
      document: { text, multi_modal: null },
      relevance_score: use_activation === false ? logit : sigmoid(logit),
    }));
    json({ id: 'rerank-1', model: 'ce', usage, results })(request, response);
  },
  elasticsearch: (request, response) => {
    const { query, input } = request.body;
    const rerank = ranked(query, input).map(({ index, logit, text }) => ({
      index,
      relevance_score: logit,
      text,
    }));
    const headers = { 'content-type': 'application/vnd.elasticsearch+json;compatible-with=9' };
    json({ rerank }, 200, headers)(request, response);
  },
};
