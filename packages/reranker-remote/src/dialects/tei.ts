import { z } from 'zod';
import type { TextOptions } from '../check-remote-options.ts';
import type { Dialect } from './dialect.ts';
import { jsonAnswer } from './json-answer.ts';

export const teiAnswerSchema = z.array(z.looseObject({ index: z.int(), score: z.number() }));

/** Hugging Face's Text Embeddings Inference. It drops what waits when a connection is closed. */
export function teiDialect({ body, scale = 'logit', truncate = true }: TextOptions): Dialect {
  return {
    scale,
    // Its own defaults: max_client_batch_size and payload_limit, the latter with room for the query.
    limits: { documents: 32, bytes: 1_900_000 },
    closeAbandoned: true,
    callOf: (query, texts) => ({
      path: '/rerank',
      body: { ...body, query, texts, truncate, raw_scores: scale === 'logit', return_text: false },
      read: (answer) => jsonAnswer(answer, teiAnswerSchema),
    }),
  };
}
