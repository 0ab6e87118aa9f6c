import type { PgvectorClient } from './pgvector-client.ts';

const times = new WeakMap<PgvectorClient, number>();

/** Remembers that a write through this client has just ended, well or not. */
export function noteWrite(client: PgvectorClient): void {
  times.set(client, performance.now());
}

/** When the last write through this client ended, on the clock of `performance.now()`; long ago if there was none. */
export function lastWriteAt(client: PgvectorClient): number {
  return times.get(client) ?? Number.NEGATIVE_INFINITY;
}
