import { type OnDegraded, RetrievalError } from '@secondpass/core';
import type { PgvectorClient, PgvectorPool } from './pgvector-client.ts';
import { pgvectorError } from './pgvector-error.ts';
import { inTransaction } from './pgvector-transaction.ts';
import { primaryPosition } from './primary-position.ts';
import { type AnswerOfReplica, describeDoubt, readOnReplica } from './replica-answer.ts';
import { isUp, markDown, suspect } from './server-health.ts';
import type { RunStatement, TransactionOptions } from './transaction-options.ts';

export interface ReadOptions extends Omit<TransactionOptions, 'access'> {
  /** Is told where the newest rows may be missing. Without it, such an answer is an error. */
  readonly onDegraded?: OnDegraded | undefined;
}

/** Runs the work of a search in a read-only transaction, perhaps on several servers one after the other. */
export type Read = <T>(options: ReadOptions, work: (run: RunStatement) => Promise<T>) => Promise<T>;

interface Servers {
  readonly primary: PgvectorClient;
  readonly replicas: readonly PgvectorPool[];
  readonly maxReplicaLagMs: number;
  /** Names the source in errors. */
  readonly name: string;
}

/** Errors that another server may not have. */
const passing = ['source-unreachable', 'source-not-found', 'source-incomplete', 'source-failed', 'closed'];

/** How long a replica that is behind is passed over, in milliseconds. */
const behindMs = 200;

/**
 * Reads from the replicas in turn. A replica that does not answer, or that is too far behind, is passed over, in the end for the
 * primary. Only if the primary does not answer either, a replica's answer counts that may lack the newest rows; that is told.
 */
export function replicatedRead({ primary, replicas, maxReplicaLagMs, name }: Servers): Read {
  const onPrimary: Read = ({ settings, signal, limitMs }, work) =>
    inTransaction(primary, { settings, access: 'read', signal, limitMs }, work);
  if (replicas.length === 0) return onPrimary;
  const positionOfPrimary = primaryPosition(primary, maxReplicaLagMs);
  const behindUntil = new Map<PgvectorPool, number>();
  let turn = 0;

  /** The primary comes before the replicas that were behind a moment ago, and last if it did not answer. */
  const serversInOrder = (): readonly PgvectorClient[] => {
    const usable = replicas.filter(isUp);
    const first = turn++ % Math.max(1, usable.length);
    const inTurn = [...usable.slice(first), ...usable.slice(0, first)];
    const isBehind = (replica: PgvectorPool) => (behindUntil.get(replica) ?? 0) > performance.now();
    const ahead = inTurn.filter((replica) => !isBehind(replica));
    const behind = inTurn.filter(isBehind);
    return isUp(primary) ? [...ahead, primary, ...behind] : [...ahead, ...behind, primary];
  };

  return async <T>(options: ReadOptions, work: (run: RunStatement) => Promise<T>) => {
    const { signal, onDegraded } = options;
    signal?.throwIfAborted();
    const wanted = positionOfPrimary();
    let doubtful: AnswerOfReplica<T> | undefined;
    let failure: unknown;
    for (const server of serversInOrder()) {
      if (doubtful && (server !== primary || !isUp(primary))) continue;
      try {
        if (server === primary) return await onPrimary(options, work);
        const answer = await readOnReplica(server as PgvectorPool, options, work);
        const position = await wanted;
        const { isReplica, replayed } = answer.state;
        if (isReplica && position !== undefined && replayed !== undefined && replayed >= position)
          return answer.value;
        if (!isReplica || position !== undefined)
          behindUntil.set(server as PgvectorPool, performance.now() + behindMs);
        if (onDegraded) doubtful = answer;
      } catch (error) {
        failure = passOver(server, error, name, signal);
      }
    }
    if (doubtful === undefined) throw failure;
    onDegraded?.({ stage: 'search', reason: `${name}: ${describeDoubt(doubtful.state)}` });
    return doubtful.value;
  };
}

/** @returns the error, if another server may do better. @throws it otherwise */
function passOver(
  server: PgvectorClient,
  error: unknown,
  name: string,
  signal: AbortSignal | undefined,
): unknown {
  const typed = pgvectorError(error, name, signal);
  // A caller left, or the server was silent for long.
  if (!RetrievalError.is(typed) || typed.code === 'deadline-exceeded') suspect(server);
  else if (typed.code === 'source-unreachable') markDown(server);
  if (RetrievalError.is(typed) && passing.includes(typed.code)) return typed;
  throw typed;
}
