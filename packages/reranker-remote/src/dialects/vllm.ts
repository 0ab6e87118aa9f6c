import { readJson } from '@secondpass/service-client';
import type { TextOptions } from '../check-remote-options.ts';
import type { Dialect } from './dialect.ts';
import { resultsSchema } from './scores-answer.ts';

/**
 * vLLM. It stops the work when a connection is closed. Older versions ignore `use_activation` and answer probabilities
 * even if logits were asked for; therefore probabilities are the default.
 */
export function vllmDialect({ model, body, scale = 'probability', truncate = true }: TextOptions): Dialect {
  return {
    scale,
    limits: { documents: 1000 },
    closeAbandoned: true,
    callOf: (query, documents) => ({
      path: '/rerank',
      body: {
        // -1 means the model's own limit.
        ...(truncate && { truncate_prompt_tokens: -1 }),
        ...(scale === 'logit' && { use_activation: false }),
        ...body,
        ...(model !== undefined && { model }),
        query,
        documents,
      },
      read: (answer) => readJson(answer, resultsSchema).results,
    }),
  };
}
