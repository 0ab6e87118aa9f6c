import type { PgvectorPool } from './pgvector-client.ts';

/** A server that is silent must not hold the place in the pool that the cancellation takes. */
const mostMs = 3000;

const waiting = new WeakMap<PgvectorPool, number[]>();

/**
 * Has the server end what one of its processes works on, through another connection of the pool: one for any number of
 * them, so that cancellations never take more than one place. Nothing is reported: what is not canceled runs into its
 * timeout.
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
    // Those that are aborted by the same signal come in the same turn.
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
    // The pool is closed, or the server gone: then nothing runs any more.
  } finally {
    clearTimeout(timer);
  }
}

function ignore(): void {}
