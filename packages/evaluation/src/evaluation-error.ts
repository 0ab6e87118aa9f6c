import { RetrievalError } from '@secondpass/core';

/** An argument that a function of this package cannot take. */
export function refuse(problem: string, nextStep: string): RetrievalError {
  return new RetrievalError({ code: 'invalid-options', origin: 'evaluation', problem, nextStep });
}

/** The error for an invalid line of a file. `where` is `file:line`. */
export function badLine(where: string, problem: string, nextStep: string): RetrievalError {
  return new RetrievalError({ code: 'invalid-document', origin: where, problem, nextStep });
}
