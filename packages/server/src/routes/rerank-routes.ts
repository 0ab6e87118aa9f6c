import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { cohereRerank } from '../dialects/cohere-rerank.ts';
import { infinityRerank } from '../dialects/infinity-rerank.ts';
import { jinaRerank } from '../dialects/jina-rerank.ts';
import type { RerankDialect } from '../dialects/rerank-dialect.ts';
import { teiRerank } from '../dialects/tei-rerank.ts';
import { voyageRerank } from '../dialects/voyage-rerank.ts';
import { invalidBody } from '../failure.ts';
import { checkCall, rerankDocuments } from '../rerank-documents.ts';
import { type Serving, served } from '../serving.ts';
import { sizeOfTexts } from '../size-of-texts.ts';
import { refusalsIn } from './refusals-in.ts';

interface RerankRoute {
  readonly url: string;
  readonly summary: string;
  /** In the order of the OpenAPI document. */
  readonly dialects: readonly RerankDialect[];
  /** Chosen by the body, which may be invalid. */
  dialectOf(body: unknown): RerankDialect;
}

const routes: readonly RerankRoute[] = [
  {
    url: '/rerank',
    summary: 'Text Embeddings Inference, by `texts`; Infinity and vLLM, by `documents`',
    dialects: [teiRerank, infinityRerank],
    dialectOf: (body) =>
      isRecord(body) && 'documents' in body && !('texts' in body) ? infinityRerank : teiRerank,
  },
  single('/v1/rerank', "Jina, and Cohere's version 1", jinaRerank),
  single('/v2/rerank', "Cohere's version 2", cohereRerank),
  single('/voyage/v1/rerank', 'Voyage', voyageRerank),
];

/** The rerank routes of all dialects. */
export function rerankRoutes(app: FastifyInstance, serving: Serving): void {
  const { rerankers, limits } = serving.options;
  for (const { url, summary, dialects, dialectOf } of routes) {
    const [first, ...more] = dialects;
    const either = (key: 'body' | 'answer' | 'refusal') =>
      more.length > 0 ? z.union([first![key], ...more.map((one) => one[key])]) : first![key];
    app.post(url, {
      config: { refusalOf: (failure, body) => dialectOf(body).refusalOf(failure) },
      schema: {
        summary,
        tags: ['rerank'],
        body: either('body'),
        response: { 200: either('answer'), ...refusalsIn(either('refusal')) },
      },
      handler: async (request, reply) => {
        const dialect = dialectOf(request.body);
        const read = dialect.body.safeParse(request.body);
        if (!read.success) throw invalidBody(read.error);
        const call = dialect.callOf(read.data);
        const [model, reranker] = served(rerankers, call.model, 'reranker');
        checkCall(call, limits);
        const documents = await serving.run(request, reply, {
          model,
          texts: call.texts.length,
          ...sizeOfTexts(call.texts, call.query),
          run: (during) => rerankDocuments(reranker, call, during),
        });
        return dialect.answerOf({ model, documents }, read.data);
      },
    });
  }
}

function single(url: string, summary: string, dialect: RerankDialect): RerankRoute {
  return { url, summary, dialects: [dialect], dialectOf: () => dialect };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
