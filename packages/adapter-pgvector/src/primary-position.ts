import { RetrievalError } from '@secondpass/core';
import { lastWriteAt } from './last-write.ts';
import type { PgvectorClient } from './pgvector-client.ts';
import { pgvectorError } from './pgvector-error.ts';
import { inTransaction } from './pgvector-transaction.ts';
import { isUp, markDown } from './server-health.ts';
import { endOfLastRecord, parseWalPosition } from './wal-position.ts';

/** How long the primary may take to say its position, in milliseconds. */
const mostMs = 3000;

/** What the primary had written by a time. */
interface Sample {
  /** On the clock of `performance.now()`. */
  readonly at: number;
  readonly position: bigint;
}

/**
 * Tells which position of the write-ahead log a replica must have replayed, so that it is at most `maxLagMs` behind and has every
 * write that this process has made through the primary's client.
 *
 * The primary is asked for its position ten times in `maxLagMs` at most, and only while somebody searches. So the lag is measured
 * on one clock, it is right on a primary that is idle, and no privilege is needed.
 *
 * @returns asks; resolves with undefined if the primary does not say it. Never rejects.
 */
export function primaryPosition(
  primary: PgvectorClient,
  maxLagMs: number,
): () => Promise<bigint | undefined> {
  /** Oldest first. */
  let samples: readonly Sample[] = [];
  let last: { readonly at: number; readonly answer: Promise<bigint | undefined> } | undefined;

  const ask = (): Promise<bigint | undefined> => {
    const at = performance.now();
    const answer = askPrimaryPosition(primary, AbortSignal.timeout(mostMs)).then(
      (position) => {
        samples = [...samples, { at, position }].sort((a, b) => a.at - b.at);
        return position;
      },
      (error) => {
        if (isSilence(error)) markDown(primary);
        last = undefined;
        return undefined;
      },
    );
    last = { at, answer };
    return answer;
  };

  return async () => {
    const now = performance.now();
    const since = Math.max(now - maxLagMs, lastWriteAt(primary));
    samples = samples.filter(({ at }) => at >= since);
    const known = samples[0]?.position;
    if (!isUp(primary)) return known;
    const asked = last?.at ?? Number.NEGATIVE_INFINITY;
    if (known === undefined) return asked >= since ? last?.answer : ask();
    if (asked < now - maxLagMs / 10) void ask();
    return known;
  };
}

/** Up to where the primary has written its log. */
export async function askPrimaryPosition(primary: PgvectorClient, signal: AbortSignal): Promise<bigint> {
  const options = { settings: [], access: 'read', signal } as const;
  const [row] = await inTransaction(primary, options, (run) =>
    run({ text: 'SELECT pg_current_wal_insert_lsn()::text AS position', last: true }),
  );
  const position = parseWalPosition(row?.['position']);
  if (position === undefined) throw new Error(`${row?.['position']} is no position`);
  return endOfLastRecord(position);
}

/** Whether it did not answer, within the limit or at all; a refusal is an answer. */
function isSilence(error: unknown): boolean {
  const typed = pgvectorError(error, '');
  return isTimeout(error) || (RetrievalError.is(typed) && typed.code === 'source-unreachable');
}

function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'TimeoutError';
}
