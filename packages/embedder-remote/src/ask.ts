import {
  type HttpService,
  readAnswer,
  type ServiceAnswer,
  type ServiceCall,
  tryRequest,
  withRetries,
} from '@secondpass/service-client';

export interface AskRequest<T> {
  readonly call: ServiceCall;
  /** Those in the body, which no error repeats. */
  readonly texts: readonly string[];
  /** Tries after the first. */
  readonly retries: number;
  /** On the clock of `performance.now()`. */
  readonly endsAt: number;
  /** @throws Error saying what is wrong with the answer, without quoting texts */
  read(answer: ServiceAnswer): T;
}

/**
 * Asks a service, and again where that may help.
 *
 * @throws FailedTry of the last try, or the signal's reason
 */
export function ask<T>(service: HttpService, request: AskRequest<T>, signal: AbortSignal): Promise<T> {
  const { call, texts, retries, endsAt, read } = request;
  const attempt = async () =>
    readAnswer(service, await tryRequest(service, call, texts, signal), texts, read);
  return withRetries(attempt, { retries, endsAt, signal });
}
