import { RetrievalError, type RetrievalErrorCode } from '@secondpass/core';
import { exitCode } from './exit-code.ts';

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
