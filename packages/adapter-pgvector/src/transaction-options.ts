export interface TransactionStatement {
  readonly text: string;
  readonly values?: readonly unknown[];
  /** Lets a connection parse the statement once and recognize it by this name; PGlite ignores it. */
  readonly name?: string | undefined;
  /** This is the transaction's last statement, so that COMMIT can be sent with it. @default false */
  readonly last?: boolean;
}

/** Runs one statement in the transaction and gives its rows. */
export type RunStatement = (
  statement: TransactionStatement,
) => Promise<readonly Readonly<Record<string, unknown>>[]>;

export interface TransactionOptions {
  /** Statements without parameters, run first and in one round trip: `SET LOCAL …`. */
  readonly settings: readonly string[];
  /** An aborted read rejects at once; an aborted write rejects once it is certainly undone. */
  readonly access: 'read' | 'write';
  readonly signal?: AbortSignal | undefined;
  /**
   * A read that has a connection rejects after this time, in milliseconds: a silent server does not enforce
   * `statement_timeout`. PGlite, which runs in this process, has no such limit.
   * @default none
   */
  readonly limitMs?: number | undefined;
}
