import { readJson } from '@secondpass/service-client';
import type { TextOptions } from '../check-remote-options.ts';
import type { Dialect } from './dialect.ts';
import { resultsSchema } from './scores-answer.ts';

/** Version 2 of Cohere's API, and gateways that speak it, such as LiteLLM. */
export function cohereDialect({ model, body }: TextOptions): Dialect {
  return {
    scale: 'probability',
    limits: { documents: 1000 },
    closeAbandoned: true,
    callOf: (query, documents) => ({
      path: '/rerank',
      body: { ...body, model, query, documents },
      read: (answer) => readJson(answer, resultsSchema).results,
    }),
  };
}
