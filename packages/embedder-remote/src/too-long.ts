import { RetrievalError } from '@secondpass/core';

/** The error of a call whose time is over. */
export function tooLong(
  origin: string,
  { totalTimeoutMs }: { readonly totalTimeoutMs: number },
): RetrievalError {
  return new RetrievalError({
    code: 'deadline-exceeded',
    origin,
    problem: `Not all texts were embedded within ${totalTimeoutMs} ms.`,
    nextStep: 'Embed fewer texts at a time, check that the service has capacity, or raise totalTimeoutMs.',
  });
}
