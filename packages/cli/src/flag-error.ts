import { RetrievalError } from '@secondpass/core';

/** A flag that cannot be used as it is. `problem` and `nextStep` are one sentence each. */
export function flagError(flag: string, problem: string, nextStep: string): RetrievalError {
  return new RetrievalError({ code: 'invalid-options', origin: flag, problem, nextStep });
}
