/** A statement's answer, the same in pg and in PGlite. */
export interface PgvectorRows {
  readonly rows: readonly unknown[];
}

/** A statement that a connection parses once and later recognizes by its name. */
export interface PgvectorNamedStatement {
  readonly name: string;
  readonly text: string;
  readonly values: unknown[];
}

/** The part of pg's `Client` and `PoolClient` that is called. Statements run one at a time. */
export interface PgvectorConnection {
  query(statement: PgvectorNamedStatement): Promise<PgvectorRows | readonly PgvectorRows[]>;
  query(text: string, values?: unknown[]): Promise<PgvectorRows | readonly PgvectorRows[]>;
  /** Whether statements are sent without waiting for the answer to the one before. pg has it from 8.22. */
  readonly pipeline?: boolean;
  /** pg's own connection: closing its socket ends it, even with answers outstanding. */
  readonly connection?: { readonly stream?: { destroy(): unknown } };
  /** A connection that breaks emits `error` and rejects its statement; without a listener the event would end the process. */
  on?(event: 'error', listener: (error: Error) => void): unknown;
  off?(event: 'error', listener: (error: Error) => void): unknown;
  /** `T` or `E` inside a transaction. pg has it from 8.21. */
  getTransactionStatus?(): string | null;
}

/** A connection of a pool; `release()` returns it, `release(true)` closes it. */
export interface PgvectorPooledConnection extends PgvectorConnection {
  release(destroy?: boolean): void;
}

/** The part of pg's `Pool` that is called. `idleCount` distinguishes a pool from a client: both have `connect`. */
export interface PgvectorPool {
  readonly idleCount: number;
  connect(): Promise<PgvectorPooledConnection>;
  query(text: string, values?: unknown[]): Promise<unknown>;
}

/** The part of a PGlite transaction that is called. */
export interface PgliteTransaction {
  query(text: string, values?: unknown[]): Promise<PgvectorRows>;
  exec(script: string): Promise<unknown>;
}

/** The part of PGlite that is called. PGlite queues its transactions itself. */
export interface Pglite extends PgliteTransaction {
  transaction<T>(work: (transaction: PgliteTransaction) => Promise<T>): Promise<T>;
}

/**
 * A pg `Pool`, a connected pg `Client` or checked-out `PoolClient`, or a PGlite instance with the `vector` extension.
 * The caller keeps TLS, authentication, pooling and closing.
 */
export type PgvectorClient = PgvectorPool | PgvectorConnection | Pglite;

/** @returns the kind of the object, or undefined when it is none of the three */
export function clientKind(client: unknown): 'pool' | 'connection' | 'pglite' | undefined {
  if (typeof client !== 'object' || client === null) return undefined;
  const has = (method: string) => typeof (client as Record<string, unknown>)[method] === 'function';
  if (!has('query')) return undefined;
  // Query builders have `transaction` too; only PGlite has `exec`.
  if (has('transaction')) return has('exec') ? 'pglite' : undefined;
  return 'idleCount' in client && has('connect') ? 'pool' : 'connection';
}
