export interface TransactionStatement {
  readonly text: string;
  readonly values?: readonly unknown[];
  /** Lets a connection parse the statement once and know it by this name; PGlite does without. */
  readonly name?: string | undefined;
  /** Nothing follows in this transaction, so that its end can be sent along. @default false */
  readonly last?: boolean;
}

/** Runs one statement in the transaction and gives its rows. */
export type RunStatement = (
  statement: TransactionStatement,
) => Promise<readonly Readonly<Record<string, unknown>>[]>;

export interface TransactionOptions {
  /** Statements without parameters, run first and in one round trip: `SET LOCAL …`. */
  readonly settings: readonly string[];
  /** A read rejects the moment it is aborted; a write, once it is certain that nothing of it stays. */
  readonly access: 'read' | 'write';
  readonly signal?: AbortSignal | undefined;
  /**
   * A read that has a connection rejects after this time, in milliseconds: a server that is silent keeps no
   * `statement_timeout`. PGlite, which runs in this process, has no such limit. @default none
   */
  readonly limitMs?: number | undefined;
}
