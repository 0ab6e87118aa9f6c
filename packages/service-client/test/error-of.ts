import { inspect } from 'node:util';
import { RetrievalError } from '@secondpass/core';

export async function errorOf(promise: Promise<unknown>): Promise<RetrievalError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!RetrievalError.is(error)) throw new Error(`expected a RetrievalError, got ${inspect(error)}`);
  return error;
}

/** Everything that a log of the error would show, causes included. */
export function everythingOf(error: unknown): string {
  return inspect(error, { depth: 12, showHidden: true });
}
