import { RetrievalError } from '@secondpass/core';
import { checkPgvectorOptions } from './check-pgvector-options.ts';
import type { PgvectorClient, PgvectorPool } from './pgvector-client.ts';
import { pgvectorError } from './pgvector-error.ts';
import { askPrimaryPosition } from './primary-position.ts';
import { readOnReplica } from './replica-answer.ts';

/** Which servers {@link pgvectorReplicaStates} asks. */
export interface PgvectorReplicaStatesOptions {
  /** Of the primary. */
  readonly client: PgvectorClient;
  readonly replicas: readonly PgvectorPool[];
  /** The most time that a server may take, in milliseconds. @default 5000 */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** How far a replica is behind its primary. */
export interface PgvectorReplicaState {
  /** Bytes of the primary's write-ahead log that it has not replayed; absent if one of the two does not say. */
  readonly lagBytes?: number;
  /**
   * Milliseconds since the last transaction that it replayed, and 0 if nothing is missing; absent if that is not known. It is measured on
   * the clocks of both servers.
   */
  readonly lagMs?: number;
  /** Why nothing is read from it; absent if all is well. */
  readonly error?: RetrievalError;
}

/**
 * Asks each replica how far it is behind, for a health page or an alarm.
 *
 * @returns one state for each replica, in their order
 * @throws RetrievalError `invalid-options`
 *
 * @example
 * import { pgvectorReplicaStates } from '@secondpass/adapter-pgvector';
 * import pg from 'pg';
 * const client = new pg.Pool({ connectionString: process.env['DATABASE_URL'] });
 * const replica = new pg.Pool({ host: '127.0.0.1', port: 1 });
 * const [state] = await pgvectorReplicaStates({ client, replicas: [replica] });
 * state?.error?.code; // → 'source-unreachable'
 * await Promise.all([client.end(), replica.end()]);
 */
export async function pgvectorReplicaStates(
  options: PgvectorReplicaStatesOptions,
): Promise<readonly PgvectorReplicaState[]> {
  checkPgvectorOptions('replicaStates', options);
  const { client, replicas, timeoutMs = 5000, signal } = options;
  signal?.throwIfAborted();
  const limit = AbortSignal.timeout(timeoutMs);
  const either = signal ? AbortSignal.any([signal, limit]) : limit;
  const primary = await askPrimaryPosition(client, either).catch(() => undefined);
  signal?.throwIfAborted();
  const states = await Promise.all(replicas.map((replica) => stateOf(replica, primary, either, timeoutMs)));
  signal?.throwIfAborted();
  return states;
}

async function stateOf(
  replica: PgvectorPool,
  primary: bigint | undefined,
  signal: AbortSignal,
  timeoutMs: number,
): Promise<PgvectorReplicaState> {
  const options = { settings: [], signal };
  try {
    const { state } = await readOnReplica(replica, options, async () => undefined);
    const { isReplica, replayed, ageMs } = state;
    if (!isReplica) return { error: refusal('It is no replica: it accepts writes.', promoted) };
    const missing = primary === undefined || replayed === undefined ? undefined : primary - replayed;
    const lagMs = missing !== undefined && missing <= 0n ? 0 : ageMs;
    return {
      ...(missing !== undefined && { lagBytes: Number(missing > 0n ? missing : 0n) }),
      ...(lagMs !== undefined && { lagMs }),
    };
  } catch (error) {
    const typed = pgvectorError(error, origin);
    if (RetrievalError.is(typed) && !signal.aborted) return { error: typed };
    return {
      error: refusal(
        `It did not answer within ${timeoutMs} ms.`,
        'Check that it runs, and the network to it.',
      ),
    };
  }
}

const origin = 'pgvector';
const promoted =
  'Name a server that replicates the primary, or, after a failover, name this one as the primary.';

function refusal(problem: string, nextStep: string): RetrievalError {
  return new RetrievalError({ code: 'source-unreachable', origin, problem, nextStep });
}
