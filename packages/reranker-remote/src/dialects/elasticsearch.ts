import { z } from 'zod';
import type { TextOptions } from '../check-remote-options.ts';
import type { Dialect } from './dialect.ts';
import { jsonAnswer } from './json-answer.ts';
import { indexedScore, relevanceSchema } from './scores-answer.ts';

export const elasticsearchAnswerSchema = z.looseObject({ rerank: z.array(relevanceSchema) });

/** An inference endpoint of Elasticsearch. What its scores are depends on the model behind it. */
export function elasticsearchDialect({ model, body, scale }: TextOptions): Dialect {
  return {
    scale: scale!,
    limits: { documents: 100 },
    closeAbandoned: false,
    callOf: (query, input) => ({
      path: `/_inference/rerank/${encodeURIComponent(model!)}`,
      body: { ...body, query, input },
      read: (answer) => jsonAnswer(answer, elasticsearchAnswerSchema).rerank.map(indexedScore),
    }),
  };
}
