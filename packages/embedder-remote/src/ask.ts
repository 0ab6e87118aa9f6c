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
  /** The texts in the body; no error quotes them. */
  readonly texts: readonly string[];
  /** Tries after the first. */
  readonly retries: number;
  /** On the clock of `performance.now()`. */
  readonly endsAt: number;
  /** @throws Error that says what is wrong with the answer, without quoting texts */
  read(answer: ServiceAnswer): T;
}

/**
 * Asks a service, with retries where they may help.
 *
 * @throws FailedTry of the last try, or the signal's reason
 */
export function ask<T>(service: HttpService, request: AskRequest<T>, signal: AbortSignal): Promise<T> {
  const { call, texts, retries, endsAt, read } = request;
  const attempt = async () =>
    readAnswer(service, await tryRequest(service, call, texts, signal), texts, read);
  return withRetries(attempt, { retries, endsAt, signal });
}
