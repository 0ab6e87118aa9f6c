import { RetrievalError, type RetrievalErrorCode } from '@secondpass/core';

/** The exit codes; 130 and 143 are the shell's convention for SIGINT and SIGTERM. */
export const exitCode = { done: 0, failed: 1, misused: 2, interrupted: 130, terminated: 143 } as const;

/** Errors in the user's input: flags, config, query, filter or file. All other errors are failures at run time. */
const misuse: ReadonlySet<RetrievalErrorCode> = new Set([
  'invalid-query',
  'invalid-passage',
  'invalid-document',
  'invalid-filter',
  'invalid-options',
  'invalid-config',
  'duplicate-id',
]);

export function exitCodeOf(error: unknown): number {
  return RetrievalError.is(error) && misuse.has(error.code) ? exitCode.misused : exitCode.failed;
}
