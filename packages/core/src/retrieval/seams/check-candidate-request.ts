import { z } from 'zod';
import { abortSignal, callback, checkOptions, integer } from '../../foundation/check-options.ts';
import { describeValue } from '../../foundation/describe-value.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';

/** The most that any engine is asked for at once. */
const mostCandidates = 1_000_000;

const schemaFor = (mostDepth: number) =>
  z.strictObject({
    query: z.unknown(),
    depth: integer(1, mostDepth),
    filter: z.unknown().optional(),
    tenant: z.unknown().optional(),
    signal: abortSignal.optional(),
    onDegraded: callback('a degradation').optional(),
  });

/** A search pays for no schema: an engine has one limit, and so there are few. */
const schemas = new Map<number, ReturnType<typeof schemaFor>>();

/**
 * Whether there is a request with a query, a depth and nothing unknown. What a source reads of the query, the text or the
 * vector, the source checks, and so filter and tenant.
 *
 * @param mostDepth candidates that the engine can be asked for
 * @throws RetrievalError `invalid-query` or `invalid-options`
 *
 * @example
 * import { checkCandidateRequest } from '@secondpass/core/extend';
 * checkCandidateRequest({ query: { text: 'bread' }, depth: 10 }, 'my-source'); // undefined would throw
 */
export function checkCandidateRequest(request: unknown, origin: string, mostDepth = mostCandidates): void {
  const refuse = (problem: string): never => {
    throw new RetrievalError({
      code: 'invalid-query',
      origin,
      problem,
      nextStep: 'Pass { query: { text, vector }, depth }, as TwoStageRetriever does.',
    });
  };
  const { query } = (request ?? {}) as { readonly query?: unknown };
  if (typeof query !== 'object' || query === null) return refuse(`The query is ${describeValue(query)}.`);
  const { vector } = query as { readonly vector?: unknown };
  if (vector !== undefined && !isVector(vector)) refuse(`The query vector is ${describeValue(vector)}.`);
  const schema = schemas.get(mostDepth) ?? schemaFor(mostDepth);
  schemas.set(mostDepth, schema);
  checkOptions(schema, request, { origin });
}

/** Not by `instanceof`: an array of another realm (a worker, a test runner) has another Float32Array. */
export function isVector(value: unknown): value is Float32Array {
  if (Array.isArray(value)) return value.every((element) => typeof element === 'number');
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}
