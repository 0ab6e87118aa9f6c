import {
  type HttpService,
  type RetryLimits,
  readAnswer,
  readJson,
  tryRequest,
  withRetries,
} from '@secondpass/service-client';
import type { z } from 'zod';

/**
 * What a service says of itself. Tried again as a request is, because one instance of several may just have gone.
 *
 * @throws FailedTry, or the signal's reason
 */
export function askJson<T extends z.ZodType>(
  service: HttpService,
  path: string,
  schema: T,
  limits: RetryLimits,
): Promise<z.infer<T>> {
  return withRetries(async () => {
    const answer = await tryRequest(service, { path }, [], limits.signal);
    return readAnswer(service, answer, [], (told) => readJson(told, schema));
  }, limits);
}
