import { FailedTry, type HttpService, readAnswer, readJson, tryRequest } from '@secondpass/service-client';
import { z } from 'zod';
import type { TextOptions } from '../check-remote-options.ts';
import type { Dialect } from './dialect.ts';
import { scoredDocuments } from './scores-answer.ts';

export const teiAnswerSchema = scoredDocuments('score');
const infoSchema = z.looseObject({ max_client_batch_size: z.int().min(1).optional() });

/** Milliseconds to wait for the limit; after that its default is used. */
const longestWait = 5000;

/** Hugging Face's Text Embeddings Inference. When a connection is closed, it drops its waiting requests. */
export async function teiDialect(
  { body, scale = 'logit', truncate = true, maxDocuments }: TextOptions,
  service: HttpService,
  signal: AbortSignal,
): Promise<Dialect> {
  const documents = maxDocuments ?? (await readBatchLimit(service, signal)) ?? 32;
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
async function readBatchLimit(service: HttpService, signal: AbortSignal): Promise<number | undefined> {
  const patient = { ...service, timeoutMs: Math.min(service.timeoutMs, longestWait) };
  try {
    const answer = await tryRequest(patient, { path: '/info' }, [], signal);
    const info = readAnswer(service, answer, [], (told) => readJson(told, infoSchema));
    return info.max_client_batch_size;
  } catch (error) {
    if (error instanceof FailedTry) return undefined;
    throw error;
  }
}
