import type { PgvectorPool } from './pgvector-client.ts';
import { inTransaction } from './pgvector-transaction.ts';
import type { RunStatement, TransactionOptions } from './transaction-options.ts';
import { parseWalPosition } from './wal-position.ts';

/** What a replica had of its primary's writes before a statement ran. */
export interface ReplicaState {
  /** False for a server that accepts writes: a primary, or a replica that was promoted. */
  readonly isReplica: boolean;
  /** Up to where it had replayed the write-ahead log; undefined if it does not say. */
  readonly replayed: bigint | undefined;
  /** How long ago the last transaction that it replayed was committed, by the clocks of both servers; undefined if there was none. */
  readonly ageMs: number | undefined;
}

export interface AnswerOfReplica<T> {
  readonly value: T;
  readonly state: ReplicaState;
}

const askState = `SELECT pg_is_in_recovery() AS replica, pg_last_wal_replay_lsn()::text AS replayed,
extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::text AS age`;

/**
 * Runs the work of a read on a replica, and asks first what it has: in the same transaction, so that the rows are at least as new
 * as the state, and without waiting in between, so that it takes no round trip more where pg pipelines.
 */
export async function readOnReplica<T>(
  replica: PgvectorPool,
  { settings, signal, limitMs }: Omit<TransactionOptions, 'access'>,
  work: (run: RunStatement) => Promise<T>,
): Promise<AnswerOfReplica<T>> {
  return inTransaction(replica, { settings, access: 'read', signal, limitMs }, async (run) => {
    const [[row = {}], value] = await Promise.all([run({ text: askState }), work(run)]);
    return { value, state: stateOf(row) };
  });
}

function stateOf({ replica, replayed, age }: Readonly<Record<string, unknown>>): ReplicaState {
  return {
    isReplica: replica === true,
    replayed: parseWalPosition(replayed),
    ageMs: age == null ? undefined : Math.max(0, Number(age) * 1000),
  };
}

/** Why an answer of a replica may lack rows. */
export function describeDoubt({ isReplica, ageMs }: ReplicaState): string {
  const lag = !isReplica
    ? 'the server that answered is no replica of it any more'
    : ageMs === undefined
      ? 'how far the replica that answered is behind is not known'
      : `the last change of the replica that answered is ${(ageMs / 1000).toFixed(1)} s old`;
  return `the primary did not answer, and ${lag}; the newest passages may be missing.`;
}
