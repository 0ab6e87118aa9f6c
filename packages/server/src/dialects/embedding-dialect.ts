import type { z } from 'zod';
import type { EmbedCall } from '../embed-call.ts';
import type { Failure } from '../failure.ts';
import type { Refusal } from './refusal.ts';

/** How one kind of client asks for vectors, and what it reads. */
export interface EmbeddingDialect<Body = unknown> {
  readonly body: z.ZodType<Body>;
  readonly answer: z.ZodType;
  readonly refusal: z.ZodType;
  callOf(body: Body): EmbedCall;
  answerOf(vectors: readonly Float32Array[], model: string, body: Body): unknown;
  refusalOf(failure: Failure): Refusal;
}
