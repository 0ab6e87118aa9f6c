import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** Longest time that a server may take to start, in milliseconds. */
const timeoutMs = 180_000;

/**
 * Waits until a PostgreSQL that has just been started answers.
 *
 * @param ask on a connection of its own; it is tried again until it succeeds
 * @throws Error the last failure, after three minutes
 */
export async function firstAnswerOfPostgres<T>(
  url: string,
  ask: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const deadlineAt = Date.now() + timeoutMs;
  for (;;) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
    client.on('error', () => {});
    try {
      await client.connect();
      return await ask(client);
    } catch (error) {
      if (Date.now() > deadlineAt) throw error;
      await sleep(250);
    } finally {
      await client.end().catch(() => {});
    }
  }
}

/** Creates the extension if it is missing. @returns such as `PostgreSQL 17.11, pgvector 0.8.0` */
export function pgvectorVersion(url: string): Promise<string> {
  return firstAnswerOfPostgres(url, async (client) => {
    await client.query('CREATE EXTENSION IF NOT EXISTS vector');
    const { rows } = await client.query(
      "SELECT split_part(current_setting('server_version'), ' ', 1) AS server, extversion FROM pg_extension WHERE extname = 'vector'",
    );
    return `PostgreSQL ${rows[0].server}, pgvector ${rows[0].extversion}`;
  });
}
