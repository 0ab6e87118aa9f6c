import {
  type HttpService,
  parseJson,
  type ServiceCall,
  tryRequest,
  unusable,
  withRetries,
} from '@secondpass/service-client';

export interface AskLimits {
  /** Tries after the first. */
  readonly retries: number;
  /** On the clock of `performance.now()`. */
  readonly endsAt: number;
}

/**
 * Asks for JSON, and again where that may help.
 *
 * @param texts those in the body, which no error repeats
 * @throws FailedTry of the last try, or the signal's reason
 */
export function askJson(
  service: HttpService,
  call: ServiceCall & { readonly texts: readonly string[] },
  limits: AskLimits,
  signal: AbortSignal,
): Promise<unknown> {
  const attempt = async () => {
    const answer = await tryRequest(service, call, call.texts, signal);
    try {
      return parseJson(answer);
    } catch (error) {
      throw unusable(service, (error as Error).message);
    }
  };
  return withRetries(attempt, { ...limits, signal });
}
