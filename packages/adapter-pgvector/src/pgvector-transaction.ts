import { cancelStatement } from './cancel-statement.ts';
import { connectionTransaction } from './connection-transaction.ts';
import { noteWrite } from './last-write.ts';
import {
  clientKind,
  type Pglite,
  type PgvectorClient,
  type PgvectorConnection,
  type PgvectorPool,
  type PgvectorPooledConnection,
} from './pgvector-client.ts';
import type { RunStatement, TransactionOptions } from './transaction-options.ts';
import { withoutLostStatements } from './unnamed-statements.ts';

/**
 * Runs `work` in a transaction of its own, on one connection, and rolls back when it rejects. A read resolves as soon
 * as its work has; its COMMIT, which changes nothing, finishes in the background.
 *
 * Aborting: on a pool, the connection is closed at once, without waiting for the server, and its statement is
 * canceled through another connection. A single client and PGlite cannot be interrupted without harm to their owner:
 * a read rejects at once while its statement runs on (`statement_timeout` limits it on a server), and a transaction
 * that still waits for its turn never starts.
 *
 * @param work a read's may be run a second time
 */
export async function inTransaction<T>(
  client: PgvectorClient,
  options: TransactionOptions,
  work: (run: RunStatement) => Promise<T>,
): Promise<T> {
  if (options.access === 'read')
    return withoutLostStatements(client, work, (each) => inOneTransaction(client, options, each));
  try {
    return await inOneTransaction(client, options, work);
  } finally {
    noteWrite(client);
  }
}

async function inOneTransaction<T>(
  client: PgvectorClient,
  options: TransactionOptions,
  work: (run: RunStatement) => Promise<T>,
): Promise<T> {
  options.signal?.throwIfAborted();
  switch (clientKind(client)) {
    case 'pool':
      return onPool(client as PgvectorPool, options, work);
    case 'pglite':
      return onPglite(client as Pglite, options, work);
    default:
      return onConnection(client as PgvectorConnection, options, work);
  }
}

/** How long an aborted search waits for the id of the process to cancel, in milliseconds. */
const mostMsForProcess = 1000;

/** How long COMMIT or ROLLBACK may take after an answer, in milliseconds; then the connection is closed. */
const mostMsToEnd = 10_000;

async function onPool<T>(
  pool: PgvectorPool,
  options: TransactionOptions,
  work: (run: RunStatement) => Promise<T>,
): Promise<T> {
  const connection = await connect(pool, options.signal);
  connection.on?.('error', ignore);
  const limit = limitedSignal(options);
  let patience: NodeJS.Timeout | undefined;
  let released = false;
  const release = (clean: boolean) => {
    if (released) return;
    released = true;
    clearTimeout(patience);
    options.signal?.removeEventListener('abort', close);
    if (clean) connection.off?.('error', ignore);
    connection.release(!clean);
  };
  /** Closes the socket: with pipelining, pg would first wait for every outstanding answer. */
  const disconnect = () => void connection.connection?.stream?.destroy();
  const close = () => {
    release(false);
    disconnect();
  };
  const transaction = connectionTransaction(connection, { ...options, signal: limit.signal }, work);
  transaction.clean.then(release);
  try {
    return await abortable(transaction.result, limit.signal, transaction.mayAbort, () => {
      // Closing first frees a slot of the pool, which the cancellation may need, and ensures that the cancellation
      // cannot hit another caller's statement on the same connection.
      const known = transaction.process();
      if (known !== undefined || !connection.pipeline) {
        close();
        if (known !== undefined) cancelStatement(pool, known);
        return;
      }
      // BEGIN is not answered yet. The connection's slot is freed now; the answer will name the process to cancel.
      release(false);
      const grace = setTimeout(disconnect, mostMsForProcess);
      grace.unref?.();
      transaction.opened.then((process) => {
        clearTimeout(grace);
        disconnect();
        if (process !== undefined) cancelStatement(pool, process);
      });
    });
  } finally {
    limit.clear();
    // The result is known, and COMMIT or ROLLBACK is running.
    if (!released) {
      patience = setTimeout(close, mostMsToEnd);
      patience.unref?.();
      if (options.access === 'read') options.signal?.addEventListener('abort', close, { once: true });
    }
  }
}

async function connect(
  pool: PgvectorPool,
  signal: AbortSignal | undefined,
): Promise<PgvectorPooledConnection> {
  const pending = pool.connect();
  return abortable(pending, signal, always, () => {
    pending.then((connection) => connection.release(), ignore);
  });
}

/** One connection runs one transaction at a time: a source and a writer may share it. */
const turns = new WeakMap<object, Promise<unknown>>();

/** Connections that broke inside our transaction; pg still reports that transaction as open. */
const broken = new WeakSet<object>();

/** Connections whose transaction exceeded its time limit and has not ended yet. */
const silent = new WeakSet<object>();

function onConnection<T>(
  connection: PgvectorConnection,
  options: TransactionOptions,
  work: (run: RunStatement) => Promise<T>,
): Promise<T> {
  const { access, signal } = options;
  if (silent.has(connection)) {
    return Promise.reject(new Error('PostgreSQL did not answer the previous transaction'));
  }
  const previous = turns.get(connection) ?? Promise.resolve();
  const started = previous.then(() => {
    signal?.throwIfAborted();
    // Our COMMIT would end a transaction that the caller has open, and our ROLLBACK would undo it.
    const status = broken.has(connection) ? null : connection.getTransactionStatus?.();
    if (status === 'T' || status === 'E')
      throw new Error('The client is inside a transaction of the caller.');
    connection.on?.('error', ignore);
    return connectionTransaction(connection, options, work);
  });
  const result = started.then(({ result }) => {
    const limit = limitedSignal({ limitMs: options.limitMs, access });
    const onLimit = () => void silent.add(connection);
    return abortable(result, limit.signal, always, onLimit).finally(limit.clear);
  });
  const finished = started.then(async ({ clean }) => {
    if (!(await clean)) broken.add(connection);
    silent.delete(connection);
    connection.off?.('error', ignore);
  });
  turns.set(connection, finished.catch(ignore));
  return access === 'read' ? abortable(result, signal, always, ignore) : result;
}

function onPglite<T>(
  pglite: Pglite,
  { settings, access, signal }: TransactionOptions,
  work: (run: RunStatement) => Promise<T>,
): Promise<T> {
  const turn = pglite.transaction(async (transaction) => {
    signal?.throwIfAborted();
    const script = access === 'read' ? ['SET TRANSACTION READ ONLY', ...settings] : settings;
    if (script.length > 0) await transaction.exec(script.join('; '));
    const result = await work(async ({ text, values = [] }) => {
      signal?.throwIfAborted();
      const { rows } = await transaction.query(text, [...values]);
      return rows as readonly Readonly<Record<string, unknown>>[];
    });
    signal?.throwIfAborted();
    return result;
  });
  return access === 'read' ? abortable(turn, signal, always, ignore) : turn;
}

/** The caller's signal, combined with a read's time limit. */
function limitedSignal({ signal, limitMs, access }: Omit<TransactionOptions, 'settings'>): {
  readonly signal: AbortSignal | undefined;
  clear(): void;
} {
  if (limitMs === undefined || access === 'write') return { signal, clear: ignore };
  const limit = new AbortController();
  const timer = setTimeout(
    () => limit.abort(new Error(`PostgreSQL did not answer within ${limitMs} ms`)),
    limitMs,
  );
  return {
    signal: signal ? AbortSignal.any([signal, limit.signal]) : limit.signal,
    clear: () => clearTimeout(timer),
  };
}

/** Settles as `promise` does, or rejects with the signal's reason at once when aborted while `mayAbort()`. */
async function abortable<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
  mayAbort: () => boolean,
  onAbort: () => void,
): Promise<T> {
  if (!signal) return promise;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const listener = () => {
    if (!mayAbort()) return;
    onAbort();
    reject(signal.reason);
  };
  signal.addEventListener('abort', listener, { once: true });
  if (signal.aborted) listener();
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', listener);
  }
}

function always(): boolean {
  return true;
}

function ignore(): void {}
