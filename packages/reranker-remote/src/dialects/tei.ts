import { FailedTry, type HttpService, readJson } from '@secondpass/service-client';
import { z } from 'zod';
import type { TextOptions } from '../check-remote-options.ts';
import { askJson } from './ask-json.ts';
import type { Dialect } from './dialect.ts';
import { scoredDocuments } from './scores-answer.ts';

export const teiAnswerSchema = scoredDocuments('score');
const infoSchema = z.looseObject({ max_client_batch_size: z.int().min(1).optional() });

/** Milliseconds to wait for the limit; after that its default is used. */
const longestWait = 5000;

/** Hugging Face's Text Embeddings Inference. When a connection is closed, it drops its waiting requests. */
export async function teiDialect(
  { body, scale = 'logit', truncate = true, maxDocuments, retries = 2 }: TextOptions,
  service: HttpService,
  signal: AbortSignal,
): Promise<Dialect> {
  const documents = maxDocuments ?? (await readBatchLimit(service, retries, signal)) ?? 32;
  return {
    scale,
    // TEI's default payload_limit, with room for the query.
    limits: { documents, bytes: 1_900_000 },
    closeAbandoned: true,
    callOf: (query, texts) => ({
      path: '/rerank',
      body: { ...body, query, texts, truncate, raw_scores: scale === 'logit', return_text: false },
      read: (answer) => readJson(answer, teiAnswerSchema),
    }),
  };
}

/** Reads the batch limit if it can: gateways often pass on only `/rerank`. Other failures show at the first request. */
async function readBatchLimit(
  service: HttpService,
  retries: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  const patient = { ...service, timeoutMs: Math.min(service.timeoutMs, longestWait) };
  const limits = { retries, endsAt: performance.now() + longestWait, signal, afterTimeout: false };
  try {
    const info = await askJson(patient, '/info', infoSchema, limits);
    return info.max_client_batch_size;
  } catch (error) {
    if (error instanceof FailedTry) return undefined;
    throw error;
  }
}
