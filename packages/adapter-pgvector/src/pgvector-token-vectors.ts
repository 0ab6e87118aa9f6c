import {
  checkIds,
  checkTokenVectors,
  type StoredTokenVectors,
  type TokenVectorStore,
  tokenVectorsFromBytes,
  tokenVectorsToBytes,
} from '@secondpass/core/extend';
import { checkPgvectorOptions } from './check-pgvector-options.ts';
import { closableTransactions } from './closable-transactions.ts';
import { inStatements } from './in-statements.ts';
import { lockTable } from './lock-table.ts';
import type { PgvectorClient } from './pgvector-client.ts';
import { quoteTable } from './pgvector-sql.ts';
import { resolveTable } from './resolve-table.ts';
import type { RunStatement } from './transaction-options.ts';

/** Where {@link pgvectorTokenVectors} keeps them. */
export interface PgvectorTokenVectorsOptions {
  readonly client: PgvectorClient;
  /** A table of its own, which the first `put` creates: `articles_tokens`, or `search.articles_tokens`. */
  readonly table: string;
  /** Names the store in errors. @default 'pgvector:' and the table */
  readonly name?: string;
}

type Signal = { readonly signal?: AbortSignal };

/** Rows of one INSERT; a statement takes at most 65,535 parameters. */
const rowsPerStatement = 500;

/**
 * Token vectors in PostgreSQL, a row per passage with its vectors in a bytea column: 180 tokens of 128 dimensions take
 * 23 kB in int8. The `vector` extension is not needed.
 *
 * `get` throws `source-not-found` before the first `put`, because an empty store is usually a misspelled name.
 *
 * @throws RetrievalError `invalid-options`
 *
 * @example
 * import { pgvectorTokenVectors } from '@secondpass/adapter-pgvector';
 * import pg from 'pg';
 * const client = new pg.Pool({ connectionString: process.env['DATABASE_URL'] });
 * const store = pgvectorTokenVectors({ client, table: 'articles_tokens' });
 * const vectors = { dimensions: 2, values: Int8Array.of(127, 0), scale: 1 / 127, tokensCut: 0 };
 * await store.put([{ id: '1', digest: 'abc', vectors }]);
 * await store.digests(['1', '2']); // → Map(1) { '1' => 'abc' }
 * await client.end();
 */
export function pgvectorTokenVectors(options: PgvectorTokenVectorsOptions): TokenVectorStore {
  checkPgvectorOptions('tokenVectors', options);
  const table = resolveTable(options);
  const { client, name } = table;
  const relation = quoteTable(table);
  let created = false;
  const transactions = closableTransactions(client, name, 'store');

  return {
    name,
    async get(ids, { signal }: Signal = {}) {
      checkIds(ids, name);
      const rows = await transactions.read(signal, (run) =>
        run({
          text: `SELECT id, digest, vectors FROM ${relation} WHERE id = ANY($1::text[])`,
          values: [[...ids]],
          last: true,
        }),
      );
      return new Map(rows.map((row) => [String(row['id']), entryOf(row)]));
    },
    async digests(ids, { signal }: Signal = {}) {
      checkIds(ids, name);
      const rows = await transactions.read(signal, async (run) => {
        const [found] = await run({ text: 'SELECT to_regclass($1)::text AS found', values: [relation] });
        if (found?.['found'] == null) return [];
        const text = `SELECT id, digest FROM ${relation} WHERE id = ANY($1::text[])`;
        return run({ text, values: [[...ids]], last: true });
      });
      return new Map(rows.map((row) => [String(row['id']), String(row['digest'])]));
    },
    async put(entries, { signal }: Signal = {}) {
      checkTokenVectors(entries, name);
      if (entries.length === 0) return;
      // In a fixed order, so that two writers lock rows in the same order and cannot deadlock.
      const sorted = entries.toSorted((a, b) => (a.id < b.id ? -1 : 1));
      await transactions.write(signal, async (run) => {
        if (!created) await createTable(run);
        const bytesOf = ({ vectors }: StoredTokenVectors) => vectors.values.byteLength;
        for (const rows of inStatements(sorted, bytesOf, rowsPerStatement)) await run(upsert(relation, rows));
      });
      created = true;
    },
    async close() {
      transactions.close();
    },
  };

  async function createTable(run: RunStatement): Promise<void> {
    await lockTable(run, relation);
    await run({
      text: `CREATE TABLE IF NOT EXISTS ${relation} (id text PRIMARY KEY, digest text NOT NULL, vectors bytea NOT NULL)`,
    });
  }

  function entryOf(row: Readonly<Record<string, unknown>>): StoredTokenVectors {
    const { id, digest, vectors: bytes } = row;
    const vectors = tokenVectorsFromBytes(bytes instanceof Uint8Array ? bytes : new Uint8Array(), name);
    return { id: String(id), digest: String(digest), vectors };
  }
}

function upsert(relation: string, entries: readonly StoredTokenVectors[]) {
  const places = entries.map((_, row) => `($${row * 3 + 1}, $${row * 3 + 2}, $${row * 3 + 3})`);
  return {
    text: [
      `INSERT INTO ${relation} (id, digest, vectors) VALUES ${places.join(', ')}`,
      'ON CONFLICT (id) DO UPDATE SET digest = excluded.digest, vectors = excluded.vectors',
    ].join('\n'),
    values: entries.flatMap(({ id, digest, vectors }) => [id, digest, tokenVectorsToBytes(vectors)]),
  };
}
