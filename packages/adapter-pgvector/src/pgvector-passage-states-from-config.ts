import type { PassageStateStore } from '@secondpass/core/extend';
import { checkPassageStatesConfig } from './check-pgvector-options.ts';
import { openPools } from './open-pools.ts';
import { pgvectorPassageStates } from './pgvector-passage-states.ts';

/** {@link pgvectorPassageStates} as data, for a configuration file. */
export interface PgvectorPassageStatesConfig {
  /** `postgres://user:password@host:5432/database`. */
  readonly url: string;
  /** A table of its own, which is created if it is missing. */
  readonly table: string;
  /** Names the store in errors. @default 'pgvector:' and the table */
  readonly name?: string;
  /** The most connections. @default 10 */
  readonly poolSize?: number;
  /** How long to wait for a connection, in milliseconds. @default 10_000 */
  readonly connectionTimeoutMs?: number;
}

/**
 * Opens a store of passage states by URL; closing it closes its connections. It connects at the first call.
 *
 * @throws RetrievalError `invalid-config`, or `missing-dependency` where pg is not installed
 *
 * @example
 * import { pgvectorPassageStatesFromConfig } from '@secondpass/adapter-pgvector';
 * const url = process.env['DATABASE_URL'] ?? 'postgres://localhost/articles';
 * const store = await pgvectorPassageStatesFromConfig({ url, table: 'states_of_articles' });
 * await store.get(['abc']); // → Map(0) {}
 * await store.close();
 */
export async function pgvectorPassageStatesFromConfig(
  config: PgvectorPassageStatesConfig,
): Promise<Required<PassageStateStore>> {
  checkPassageStatesConfig(config);
  const { url, poolSize, connectionTimeoutMs, ...place } = config;
  const opened = await openPools(
    { url, poolSize, connectionTimeoutMs },
    config.name ?? `pgvector:${config.table}`,
  );
  const store = pgvectorPassageStates({ ...place, client: opened.client });
  let closing: Promise<void> | undefined;
  return {
    ...store,
    close() {
      closing ??= store.close().then(opened.close);
      return closing;
    },
  };
}
