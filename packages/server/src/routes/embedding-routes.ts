import type { Embedder } from '@secondpass/core';
import type { FastifyInstance } from 'fastify';
import type { EmbeddingDialect } from '../dialects/embedding-dialect.ts';
import { openAiEmbeddings } from '../dialects/open-ai-embeddings.ts';
import { teiEmbed } from '../dialects/tei-embed.ts';
import type { EmbedCall } from '../embed-call.ts';
import { Failure, invalidBody } from '../failure.ts';
import { readableText } from '../readable-text.ts';
import { checkTexts } from '../rerank-documents.ts';
import { type Serving, served } from '../serving.ts';
import { sizeOfTexts } from '../size-of-texts.ts';
import { refusalsIn } from './refusals-in.ts';

const routes: readonly {
  readonly url: string;
  readonly summary: string;
  readonly dialect: EmbeddingDialect;
}[] = [
  { url: '/v1/embeddings', summary: 'OpenAI', dialect: openAiEmbeddings },
  { url: '/embed', summary: 'Text Embeddings Inference', dialect: teiEmbed },
];

/** The embedding routes of all dialects. */
export function embeddingRoutes(app: FastifyInstance, serving: Serving): void {
  const { embedders, limits } = serving.options;
  for (const { url, summary, dialect } of routes) {
    app.post(url, {
      config: { refusalOf: dialect.refusalOf },
      schema: {
        summary,
        tags: ['embed'],
        body: dialect.body,
        response: { 200: dialect.answer, ...refusalsIn(dialect.refusal) },
      },
      handler: async (request, reply) => {
        const read = dialect.body.safeParse(request.body);
        if (!read.success) throw invalidBody(read.error);
        const call = dialect.callOf(read.data);
        const [model, embedder] = served(embedders, call.model, 'embedder');
        checkTexts(call.texts, limits);
        const texts = call.texts.map(readableText);
        checkVectors(embedder, call, texts);
        const vectors = await serving.run(request, reply, {
          model,
          texts: texts.length,
          ...sizeOfTexts(texts),
          run: ({ signal }) => embedder.embed({ texts, kind: call.kind, signal }),
        });
        return dialect.answerOf(vectors, model, read.data);
      },
    });
  }
}

/** @throws Failure for an empty text, which has no vector, and if `dimensions` is not the model's */
function checkVectors({ dimensions }: Embedder, call: EmbedCall, texts: readonly string[]): void {
  const empty = texts.findIndex((text) => text.trim() === '');
  if (empty >= 0) throw new Failure('invalid', `Text ${empty} is empty.`);
  if (call.dimensions === undefined || call.dimensions === dimensions) return;
  throw new Failure('invalid', `dimensions is ${call.dimensions}, and the model gives ${dimensions}.`);
}
