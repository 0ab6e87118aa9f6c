import type { PgvectorPool } from './pgvector-client.ts';

/** A process of the server, in one transaction. */
export interface ServerProcess {
  readonly id: number;
  /** When the transaction began, as the server writes it. */
  readonly began: string;
}

/** A silent server must not keep the cancellation's connection of the pool busy for longer, in milliseconds. */
const mostMs = 3000;

const cancelInTransaction = `SELECT pg_cancel_backend(pid) FROM pg_stat_activity
WHERE (pid, extract(epoch FROM xact_start)::text) IN (SELECT * FROM unnest($1::int[], $2::text[]))`;

const waiting = new WeakMap<PgvectorPool, ServerProcess[]>();

/**
 * Cancels the statement of a server process, through another connection of the pool. One connection serves any number
 * of cancellations. Failures are not reported: a statement that is not canceled runs into its timeout.
 *
 * A pooler such as PgBouncer gives the process to another caller as soon as the transaction has ended. So a process that is in
 * another transaction by now is left alone.
 */
export function cancelStatement(pool: PgvectorPool, process: ServerProcess): void {
  const queue = waiting.get(pool);
  if (queue) {
    queue.push(process);
    return;
  }
  waiting.set(pool, [process]);
  cancelWaiting(pool).then(
    () => waiting.delete(pool),
    () => waiting.delete(pool),
  );
}

async function cancelWaiting(pool: PgvectorPool): Promise<void> {
  for (;;) {
    // Collect the processes of searches that the same signal aborts.
    await undefined;
    const batch = waiting.get(pool)!.splice(0);
    if (batch.length === 0) return;
    await cancelAll(pool, batch);
  }
}

async function cancelAll(pool: PgvectorPool, processes: readonly ServerProcess[]): Promise<void> {
  const pending = pool.connect();
  const { promise: late, resolve } = Promise.withResolvers<'late'>();
  const timer = setTimeout(resolve, mostMs, 'late');
  timer.unref?.();
  try {
    const connection = await Promise.race([pending, late]);
    if (connection === 'late') {
      pending.then((connected) => connected.release(), ignore);
      return;
    }
    connection.on?.('error', ignore);
    const asked = connection.query(cancelInTransaction, [
      processes.map(({ id }) => id),
      processes.map(({ began }) => began),
    ]);
    const done = await Promise.race([
      asked.then(
        () => true,
        () => false,
      ),
      late.then(() => false),
    ]);
    if (done) connection.off?.('error', ignore);
    connection.release(!done);
    if (!done) connection.connection?.stream?.destroy();
  } catch {
    // The pool is closed, or the server is gone: then no statement runs any more.
  } finally {
    clearTimeout(timer);
  }
}

function ignore(): void {}
