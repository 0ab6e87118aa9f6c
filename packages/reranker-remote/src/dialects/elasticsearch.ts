import { readJson } from '@secondpass/service-client';
import { z } from 'zod';
import type { TextOptions } from '../check-remote-options.ts';
import type { Dialect } from './dialect.ts';
import { scoredDocuments } from './scores-answer.ts';

export const elasticsearchAnswerSchema = z.looseObject({ rerank: scoredDocuments('relevance_score') });

/** An inference endpoint of Elasticsearch. The scale of its scores depends on the model behind it. */
export function elasticsearchDialect({ model, body, scale }: TextOptions): Dialect {
  return {
    scale: scale!,
    limits: { documents: 100 },
    closeAbandoned: false,
    callOf: (query, input) => ({
      path: `/_inference/rerank/${encodeURIComponent(model!)}`,
      body: { ...body, query, input },
      read: (answer) => readJson(answer, elasticsearchAnswerSchema).rerank,
    }),
  };
}
