import type { PgvectorClient } from './pgvector-client.ts';
import type { RunStatement } from './transaction-options.ts';

/** Clients behind a pooler that keeps no prepared statements. */
const clients = new WeakSet<PgvectorClient>();

/** A statement of that name does not exist, or exists already: the connection led to another session of the server. */
const sqlStates = ['26000', '42P05'];

/**
 * Runs a read. A pooler that keeps no prepared statements, such as PgBouncer before 1.21 in transaction mode, fails the first that
 * meets another session; then it is run again without names, and so is every later one of this client.
 *
 * @param read runs the work in a transaction of its own
 */
export async function withoutLostStatements<T>(
  client: PgvectorClient,
  work: (run: RunStatement) => Promise<T>,
  read: (work: (run: RunStatement) => Promise<T>) => Promise<T>,
): Promise<T> {
  const unnamed = () => read((run) => work(({ name: _, ...statement }) => run(statement)));
  if (clients.has(client)) return unnamed();
  try {
    return await read(work);
  } catch (error) {
    if (!sqlStates.includes(String((error as { code?: unknown } | undefined)?.code))) throw error;
    clients.add(client);
    return unnamed();
  }
}
