import { RetrievalError, type RetrievalErrorCode } from '@secondpass/core';

/** What the process ends with; 130 and 143 are the shell's own convention for SIGINT and SIGTERM. */
export const exitCode = { done: 0, failed: 1, misused: 2, interrupted: 130, terminated: 143 } as const;

/** What the reader gave is at fault: flags, config, query, filter or input file. Everything else failed while it ran. */
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
