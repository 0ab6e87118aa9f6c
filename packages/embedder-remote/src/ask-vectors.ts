import { type EmbedRequest, RetrievalError } from '@secondpass/core';
import { type HttpService, inHalves, type ServiceAnswer } from '@secondpass/service-client';
import { ask } from './ask.ts';
import type { Dialect, EmbeddedTexts } from './dialect.ts';

export interface VectorService extends HttpService {
  readonly dialect: Dialect;
  readonly retries: number;
  /** The expected length of every vector, if known. */
  readonly dimensions: number | undefined;
  /** The expected model name in answers, if known. */
  readonly model: string | undefined;
}

export interface VectorRequest {
  readonly texts: readonly string[];
  readonly kind: EmbedRequest['kind'];
  /** On the clock of `performance.now()`. */
  readonly endsAt: number;
}

/**
 * One request's vectors, in the order of its texts. If the service refuses the request as too large, it is repeated in
 * two halves.
 *
 * @param onModel receives the model name in the answer
 * @throws FailedTry, RetrievalError or the signal's reason
 */
export async function askVectors(
  service: VectorService,
  request: VectorRequest,
  signal: AbortSignal,
  onModel?: (model: string | undefined) => void,
): Promise<readonly Float32Array[]> {
  const { dialect, retries } = service;
  const { texts, kind, endsAt } = request;
  return inHalves(texts, async (part) => {
    const call = { path: dialect.path, body: dialect.bodyOf(part, kind) };
    const request = {
      call,
      texts: part,
      retries,
      endsAt,
      read: (answer: ServiceAnswer) => dialect.read(answer, part.length),
    };
    const { vectors, model } = checked(service, await ask(service, request, signal));
    onModel?.(model);
    return vectors;
  });
}

function checked(service: VectorService, embedded: EmbeddedTexts): EmbeddedTexts {
  const { origin, model, dimensions } = service;
  if (model !== undefined && embedded.model !== undefined && embedded.model !== model) {
    throw new RetrievalError({
      code: 'model-output-invalid',
      origin,
      problem: `The service now answers with the model ${JSON.stringify(embedded.model)}, not ${JSON.stringify(model)} as before.`,
      nextStep: 'Vectors of two models cannot be compared: pin the model, then open the embedder again.',
    });
  }
  const expected = dimensions ?? embedded.vectors[0]!.length;
  const other = embedded.vectors.find(({ length }) => length !== expected);
  if (!other) return embedded;
  throw new RetrievalError({
    code: 'dimension-mismatch',
    origin,
    problem: `The service gives vectors of ${other.length} dimensions, and ${expected} were expected.`,
    nextStep:
      'Check that the model can be cut to that length, and that the service still runs the same model.',
  });
}
