import { type PgvectorClient, pgvectorSource } from '@secondpass/adapter-pgvector';
import type { ExistingOptions } from '@secondpass/core/testing';

interface Execute {
  query(text: string, values?: unknown[]): Promise<unknown>;
}

/** Tables as their users have them: ordinary columns with indexes of their own, two vector columns, no jsonb. */
export function existingTables(
  client: PgvectorClient,
  execute: Execute,
  nextTable: () => string,
): ExistingOptions {
  return {
    async open(documents, options) {
      const table = nextTable();
      await execute.query(
        `CREATE TABLE ${table} (id int PRIMARY KEY, text text, embedding vector(${documents[0]!.vector.length}),
          title_embedding vector(2), author text, year int, rating float8, open boolean, tags text[], source varchar(20))`,
      );
      for (const { id, text, vector, payload = {} } of documents) {
        const fields = ['author', 'year', 'rating', 'open', 'tags', 'source'].map(
          (key) => payload[key] ?? null,
        );
        await execute.query(`INSERT INTO ${table} VALUES ($1, $2, $3, '[1,0]', $4, $5, $6, $7, $8, $9)`, [
          Number(id),
          text,
          `[${vector.join()}]`,
          ...fields,
        ]);
      }
      await execute.query(`CREATE INDEX ON ${table} USING hnsw (embedding vector_cosine_ops)`);
      await execute.query(`CREATE INDEX ON ${table} (author)`);
      return pgvectorSource({ client, table, columns: { payload: null }, ...options });
    },
  };
}
