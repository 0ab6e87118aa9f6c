import type { z } from 'zod';
import type { Failure } from '../failure.ts';
import type { RerankCall, Reranked } from '../rerank-call.ts';
import type { Refusal } from './refusal.ts';

/** How one kind of client asks for scores, and what it reads. */
export interface RerankDialect<Body = unknown> {
  readonly body: z.ZodType<Body>;
  readonly answer: z.ZodType;
  readonly refusal: z.ZodType;
  callOf(body: Body): RerankCall;
  answerOf(reranked: Reranked, body: Body): unknown;
  refusalOf(failure: Failure): Refusal;
}
