import { RetrievalError } from '@secondpass/core';

/** int8 was asked for, and the optimizer could not make it. */
export function notInInt8(origin: string, reason: string): RetrievalError {
  return new RetrievalError({
    code: 'model-unsupported',
    origin,
    problem: `The graph cannot be turned into int8: ${reason}`,
    nextStep: 'Use fp32, or fix the problem that is named.',
  });
}
