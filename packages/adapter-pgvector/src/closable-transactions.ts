import { RetrievalError } from '@secondpass/core';
import type { PgvectorClient } from './pgvector-client.ts';
import { pgvectorError } from './pgvector-error.ts';
import { inTransaction } from './pgvector-transaction.ts';
import type { RunStatement, TransactionOptions } from './transaction-options.ts';

type RunWork = <T>(signal: AbortSignal | undefined, work: (run: RunStatement) => Promise<T>) => Promise<T>;

/** Transactions of one writer, reader or store, until it is closed; the client stays open, because it is the caller's. */
export interface ClosableTransactions {
  readonly read: RunWork;
  readonly write: RunWork;
  close(): void;
}

/**
 * @param name name of the transactions' owner, for errors
 * @param kind kind of the owner, for the error after it was closed
 */
export function closableTransactions(
  client: PgvectorClient,
  name: string,
  kind: 'reader' | 'store' | 'writer',
): ClosableTransactions {
  let closed = false;
  const runWith =
    (access: TransactionOptions['access']): RunWork =>
    async (signal, work) => {
      if (closed) {
        throw new RetrievalError({
          code: 'closed',
          origin: name,
          problem: `The ${kind} is closed.`,
          nextStep: 'Make a new one.',
        });
      }
      try {
        return await inTransaction(client, { settings: [], access, signal }, work);
      } catch (error) {
        throw pgvectorError(error, name, signal);
      }
    };
  return {
    read: runWith('read'),
    write: runWith('write'),
    close: () => {
      closed = true;
    },
  };
}
