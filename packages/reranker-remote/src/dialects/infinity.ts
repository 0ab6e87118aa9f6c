import { readJson } from '@secondpass/service-client';
import type { TextOptions } from '../check-remote-options.ts';
import type { Dialect } from './dialect.ts';
import { resultsSchema } from './scores-answer.ts';

/** michaelfeil/infinity. Closing a connection does not stop the work there. */
export function infinityDialect({ model, body, scale = 'logit' }: TextOptions): Dialect {
  return {
    scale,
    limits: { documents: 2048 },
    closeAbandoned: false,
    callOf: (query, documents) => ({
      path: '/rerank',
      body: {
        ...body,
        ...(model !== undefined && { model }),
        query,
        documents,
        raw_scores: scale === 'logit',
        return_documents: false,
      },
      read: (answer) => readJson(answer, resultsSchema).results,
    }),
  };
}
