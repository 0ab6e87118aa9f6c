import type { PgvectorPool } from './pgvector-client.ts';

/** A statement that nobody waits for any more. */
export interface RunningStatement {
  /** The server's process that runs it. */
  readonly process: number;
  /**
   * Given where the number was not told by the transaction itself: behind a pooler it may be that of another process.
   * Then only this very statement is canceled.
   */
  readonly text?: string;
}

/** A server that is silent must not hold the place in the pool that the cancellation takes. */
const mostMs = 3000;

/** Two statements are the same when as much of them is: PostgreSQL keeps the first 1,024 bytes of what runs. */
const compared = 200;

const waiting = new WeakMap<PgvectorPool, RunningStatement[]>();

/**
 * Has the server end a statement, through another connection of the pool: one for any number of statements, so that
 * cancellations never take more than one place. Nothing is reported: what is not canceled runs into its timeout.
 */
export function cancelStatement(pool: PgvectorPool, statement: RunningStatement): void {
  const queue = waiting.get(pool);
  if (queue) {
    queue.push(statement);
    return;
  }
  waiting.set(pool, [statement]);
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

async function cancelAll(pool: PgvectorPool, statements: readonly RunningStatement[]): Promise<void> {
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
    const outcome = await Promise.race([
      connection
        .query(
          `SELECT pg_cancel_backend(process) FROM unnest($1::int[], $2::text[]) AS asked (process, text)
WHERE text IS NULL OR EXISTS (
  SELECT FROM pg_stat_activity WHERE pid = process AND left(query, ${compared}) = left(text, ${compared})
)`,
          [statements.map(({ process }) => process), statements.map(({ text }) => text ?? null)],
        )
        .then(
          () => 'done' as const,
          () => 'failed' as const,
        ),
      late,
    ]);
    if (outcome === 'done') connection.off?.('error', ignore);
    connection.release(outcome !== 'done');
  } catch {
    // The pool is closed, or the server gone: then nothing runs any more.
  } finally {
    clearTimeout(timer);
  }
}

function ignore(): void {}
