import { RetrievalError } from '@secondpass/core';
import {
  checkIds,
  checkPassageStates,
  checkStatesPage,
  type PassageStateStore,
  type StoredPassageStates,
} from '@secondpass/core/extend';
import { checkPgvectorOptions } from './check-pgvector-options.ts';
import { closableTransactions } from './closable-transactions.ts';
import { inStatements } from './in-statements.ts';
import { lockTable } from './lock-table.ts';
import type { PgvectorClient } from './pgvector-client.ts';
import { quoteTable } from './pgvector-sql.ts';
import { resolveTable } from './resolve-table.ts';
import type { RunStatement, TransactionStatement } from './transaction-options.ts';

/** Where {@link pgvectorPassageStates} keeps them. */
export interface PgvectorPassageStatesOptions {
  readonly client: PgvectorClient;
  /** A table of its own, which the first `put` creates: `articles_states`, or `search.articles_states`. */
  readonly table: string;
  /** Names the store in errors. @default 'pgvector:' and the table */
  readonly name?: string;
}

type Signal = { readonly signal?: AbortSignal };

/**
 * A store for `loadPrecomputedCrossEncoder` in PostgreSQL: a row per passage, its states in a bytea column, next to the table of
 * documents or on another server. 100 passages of 80 tokens are 3 MB in int8, read by one statement. The `vector` extension is
 * not needed.
 *
 * It has no limit of size. `prunePassages` deletes what no document needs any more.
 *
 * @throws RetrievalError `invalid-options`
 *
 * @example
 * import { pgvectorPassageStates } from '@secondpass/adapter-pgvector';
 * import pg from 'pg';
 * const client = new pg.Pool({ connectionString: process.env['DATABASE_URL'] });
 * const store = pgvectorPassageStates({ client, table: 'articles_states' });
 * await store.put([{ digest: 'abc', bytes: Uint8Array.of(1, 2, 3) }]);
 * await store.has(['abc', 'def']); // → Set(1) { 'abc' }
 * await client.end();
 */
export function pgvectorPassageStates(options: PgvectorPassageStatesOptions): Required<PassageStateStore> {
  checkPgvectorOptions('passageStates', options);
  const table = resolveTable(options);
  const { client, name } = table;
  const relation = quoteTable(table);
  let created = false;
  const transactions = closableTransactions(client, name, 'store');
  /** A table that nothing was put into yet is an empty store. */
  const read = async (statement: TransactionStatement, signal: AbortSignal | undefined) => {
    try {
      return await transactions.read(signal, (run) => run({ ...statement, last: true }));
    } catch (error) {
      if (RetrievalError.is(error) && error.code === 'source-not-found') return [];
      throw error;
    }
  };
  const digestsOf = (rows: readonly Readonly<Record<string, unknown>>[]) =>
    rows.map(({ digest }) => String(digest));

  return {
    name,
    async get(digests, { signal }: Signal = {}) {
      checkIds(digests, name);
      const text = `SELECT digest, states FROM ${relation} WHERE digest = ANY($1::text[])`;
      const rows = await read({ text, values: [[...digests]] }, signal);
      return new Map(rows.map(({ digest, states }) => [String(digest), states as Uint8Array]));
    },
    async has(digests, { signal }: Signal = {}) {
      checkIds(digests, name);
      const text = `SELECT digest FROM ${relation} WHERE digest = ANY($1::text[])`;
      return new Set(digestsOf(await read({ text, values: [[...digests]] }, signal)));
    },
    async put(entries, { signal }: Signal = {}) {
      checkPassageStates(entries, name);
      if (entries.length === 0) return;
      // In a fixed order, so that two writers lock rows in the same order and cannot deadlock.
      const sorted = entries.toSorted((a, b) => (a.digest < b.digest ? -1 : 1));
      await transactions.write(signal, async (run) => {
        if (!created) await createTable(run);
        for (const rows of inStatements(sorted, ({ bytes }) => bytes.length))
          await run(upsert(relation, rows));
      });
      created = true;
    },
    async list(page, { signal }: Signal = {}) {
      const { after = '', limit } = checkStatesPage(page, name);
      const text = `SELECT digest FROM ${relation} WHERE digest > $1 ORDER BY digest LIMIT $2`;
      return digestsOf(await read({ text, values: [after, limit] }, signal));
    },
    async delete(digests, { signal }: Signal = {}) {
      checkIds(digests, name);
      if (digests.length === 0) return;
      const text = `DELETE FROM ${relation} WHERE digest = ANY($1::text[])`;
      await transactions.write(signal, (run) => run({ text, values: [digests.toSorted()] }));
    },
    async close() {
      transactions.close();
    },
  };

  async function createTable(run: RunStatement): Promise<void> {
    await lockTable(run, relation);
    // "C" is the order of the digests' characters in every locale.
    const columns = 'digest text COLLATE "C" PRIMARY KEY, states bytea NOT NULL';
    const [made] = await run({ text: 'SELECT to_regclass($1)::text AS found', values: [relation] });
    if (made?.['found'] != null) return;
    await run({ text: `CREATE TABLE ${relation} (${columns})` });
    // States do not get smaller by compression; the attempt would cost more than the write.
    await run({ text: `ALTER TABLE ${relation} ALTER COLUMN states SET STORAGE EXTERNAL` });
  }
}

/** Two arrays in place of a parameter for each value: every number of rows has the same text, which the server plans once. */
function upsert(relation: string, entries: readonly StoredPassageStates[]): TransactionStatement {
  // PostgreSQL refuses a statement that would write one row twice.
  const unique = [...new Map(entries.map((entry) => [entry.digest, entry])).values()];
  return {
    text: [
      `INSERT INTO ${relation} (digest, states) SELECT * FROM unnest($1::text[], $2::bytea[])`,
      'ON CONFLICT (digest) DO UPDATE SET states = excluded.states',
    ].join('\n'),
    values: [
      unique.map(({ digest }) => digest),
      unique.map(({ bytes }) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)),
    ],
  };
}
