import { RetrievalError } from '@secondpass/core';
import { foreignCause } from '@secondpass/core/extend';
import { patienceMs } from './count-documents.ts';
import { describeFailure } from './describe-failure.ts';

/** Runs one statement and returns its rows. */
export type QueryRows = (
  statement: string,
  values?: unknown[],
) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/**
 * Connects to PostgreSQL, asks, and closes the connection.
 *
 * @throws RetrievalError `source-unreachable` if it does not answer, or refuses
 */
export async function withPostgres<T>(
  url: string,
  { origin, signal }: { readonly origin: string; readonly signal: AbortSignal },
  work: (query: QueryRows) => Promise<T>,
): Promise<T> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: patienceMs,
    query_timeout: patienceMs,
  });
  client.on('error', () => undefined);
  const leave = (): void => void client.end().catch(() => undefined);
  signal.addEventListener('abort', leave, { once: true });
  try {
    await client.connect();
    return await work(async (statement, values = []) => (await client.query(statement, values)).rows);
  } catch (error) {
    throw new RetrievalError({
      code: 'source-unreachable',
      origin,
      problem: `PostgreSQL does not answer: ${describeFailure(error)}.`,
      nextStep: 'Check url, that the server runs, and that this machine can reach it.',
      cause: foreignCause(error),
    });
  } finally {
    signal.removeEventListener('abort', leave);
    await client.end().catch(() => undefined);
  }
}
