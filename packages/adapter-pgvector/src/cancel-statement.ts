import type { PgvectorPool } from './pgvector-client.ts';

/** A silent server must not keep the cancellation's connection of the pool busy for longer, in milliseconds. */
const mostMs = 3000;

const waiting = new WeakMap<PgvectorPool, number[]>();

/**
 * Cancels the statement of a server process, through another connection of the pool. One connection serves any number
 * of cancellations. Failures are not reported: a statement that is not canceled runs into its timeout.
 */
export function cancelStatement(pool: PgvectorPool, process: number): void {
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

async function cancelAll(pool: PgvectorPool, processes: readonly number[]): Promise<void> {
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
    const asked = connection.query('SELECT pg_cancel_backend(process) FROM unnest($1::int[]) AS process', [
      processes,
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
