import type { ServerProcess } from './cancel-statement.ts';
import type { PgvectorConnection, PgvectorRows } from './pgvector-client.ts';
import type { RunStatement, TransactionOptions } from './transaction-options.ts';

/** A transaction that has begun on one connection of pg. */
export interface ConnectionTransaction<T> {
  readonly result: Promise<T>;
  /** Settles when the connection is free; false when it cannot be used any more. Never rejects. */
  readonly clean: Promise<boolean>;
  /** The server's process, once BEGIN is answered; undefined before. */
  readonly process: () => ServerProcess | undefined;
  /** Resolves with that process; with undefined if it can no longer arrive. Never rejects. */
  readonly opened: Promise<ServerProcess | undefined>;
  /** False once the COMMIT is sent. */
  readonly mayAbort: () => boolean;
}

const whichProcess = 'SELECT pg_backend_pid() AS process, extract(epoch FROM now())::text AS began';

/**
 * Runs a transaction in as few round trips as the connection allows: nothing waits for the answer to BEGIN, and a
 * read does not wait for the answer to COMMIT. So a search takes two round trips, or one if pg pipelines.
 */
export function connectionTransaction<T>(
  connection: PgvectorConnection,
  { settings, access, signal }: TransactionOptions,
  work: (run: RunStatement) => Promise<T>,
): ConnectionTransaction<T> {
  const begin = access === 'read' ? 'BEGIN READ ONLY' : 'BEGIN';
  const opening = connection.query([begin, ...settings, whichProcess].join('; '));
  let ending: Promise<unknown> | undefined;
  let sent: Promise<unknown> | undefined;
  let committing = false;
  let process: ServerProcess | undefined;
  const opened = opening.then((answer) => {
    process = processOf(answer);
    return process;
  }, ignore);

  const commit = () => {
    ending ??= connection.query('COMMIT');
    ending.catch(ignore);
    return ending;
  };

  const run: RunStatement = async ({ text, values = [], name, last = false }) => {
    // Without pipelining, pg takes one statement behind BEGIN, and soon no second one.
    if (!connection.pipeline && sent) await sent;
    signal?.throwIfAborted();
    const answer =
      name === undefined
        ? connection.query(text, [...values])
        : connection.query({ name, text, values: [...values] });
    sent = answer;
    if (last && connection.pipeline) commit();
    // Report the first failure: after a refused setting, every later statement fails too.
    const [, { rows }] = await Promise.all([opening, answer as Promise<PgvectorRows>]);
    return rows as readonly Readonly<Record<string, unknown>>[];
  };

  const perform = async () => {
    try {
      const value = await work(run);
      await opening;
      signal?.throwIfAborted();
      committing = true;
      const committed = commit();
      if (access === 'write') await committed;
      return value;
    } catch (error) {
      const rollback = () => connection.query('ROLLBACK');
      ending = ending?.catch(rollback) ?? rollback();
      // Wait for the rollback: afterwards no reader may see the failed write.
      if (access === 'write') await ending.catch(ignore);
      else ending.catch(ignore);
      throw error;
    }
  };

  const result = perform();
  return {
    result,
    clean: result
      .then(ignore, ignore)
      .then(() => ending)
      .then(
        () => true,
        () => false,
      ),
    process: () => process,
    opened,
    mayAbort: () => !committing,
  };
}

/** A query text with several statements gets one answer for each. */
function processOf(opened: PgvectorRows | readonly PgvectorRows[]): ServerProcess | undefined {
  const last = Array.isArray(opened) ? opened.at(-1) : opened;
  const { process, began } = (last?.rows[0] ?? {}) as { process?: unknown; began?: unknown };
  return process === undefined ? undefined : { id: Number(process), began: String(began) };
}

function ignore(): undefined {}
