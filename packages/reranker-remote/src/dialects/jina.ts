import { readJson } from '@secondpass/service-client';
import type { TextOptions } from '../check-remote-options.ts';
import type { Dialect } from './dialect.ts';
import { resultsSchema } from './scores-answer.ts';

/** Models that Jina documents as listwise; their scores are cosines. */
const listwiseModels: readonly unknown[] = ['jina-reranker-v3', 'jina-reranker-v3.5'];

export function jinaDialect({ model, body, truncate = true }: TextOptions): Dialect {
  const listwise = listwiseModels.includes(model);
  return {
    scale: listwise ? 'cosine' : 'probability',
    limits: { documents: 1000 },
    closeAbandoned: true,
    listwise,
    callOf: (query, documents) => ({
      path: '/rerank',
      body: { ...body, model, query, documents, truncation: truncate, return_documents: false },
      read: (answer) => readJson(answer, resultsSchema).results,
    }),
  };
}
