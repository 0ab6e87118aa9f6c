import { readJson } from '@secondpass/service-client';
import type { TextOptions } from '../check-remote-options.ts';
import type { Dialect } from './dialect.ts';
import { resultsSchema } from './scores-answer.ts';

/** It refuses longer texts, of which its models would read a small part. */
const longestText = 122_880;

/** michaelfeil/infinity. Closing a connection stops nothing there. */
export function infinityDialect({ model, body, scale = 'logit' }: TextOptions): Dialect {
  return {
    scale,
    limits: { documents: 2048 },
    closeAbandoned: false,
    callOf: (query, passages) => ({
      path: '/rerank',
      body: {
        ...body,
        ...(model !== undefined && { model }),
        query,
        documents: passages.map((passage) => passage.slice(0, longestText).toWellFormed()),
        raw_scores: scale === 'logit',
        return_documents: false,
      },
      read: (answer) => readJson(answer, resultsSchema).results,
    }),
  };
}
