import { readJson } from '@secondpass/service-client';
import { z } from 'zod';
import type { TextOptions } from '../check-remote-options.ts';
import type { Dialect } from './dialect.ts';
import { scoredDocuments } from './scores-answer.ts';

export const voyageAnswerSchema = z.looseObject({ data: scoredDocuments('relevance_score') });

export function voyageDialect({ model, body, truncate = true }: TextOptions): Dialect {
  return {
    scale: 'probability',
    // Voyage's limit is 600,000 tokens; a text has fewer tokens than characters.
    limits: { documents: 1000, characters: 600_000 },
    closeAbandoned: true,
    callOf: (query, documents) => ({
      path: '/rerank',
      body: { ...body, model, query, documents, truncation: truncate, return_documents: false },
      read: (answer) => readJson(answer, voyageAnswerSchema).data,
    }),
  };
}
