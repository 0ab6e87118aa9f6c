import { z } from 'zod';

/** Fields that several dialects share. Unknown fields are ignored, because clients add new ones. */
export const model = z.string().min(1).nullish().describe('Name of a served model; the first one if absent');
export const query = z.string().describe('What the documents are ordered by');
export const texts = z.array(z.string());
export const top = z.int().min(1).nullish().describe('How many to return; all if absent');
export const truncation = z
  .boolean()
  .nullish()
  .describe('false: a text that the model reads only in part is an error');
export const returnDocuments = z.boolean().nullish();

/** Always 0: tokens are neither billed nor counted here. */
export const usage = z.object({ total_tokens: z.int() });
export const noUsage = { total_tokens: 0 };

export const relevance = z.number().min(0).max(1).describe('Relevance in [0, 1]');
