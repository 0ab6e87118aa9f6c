/**
 * Creates a table such as yours may be, runs search.ts on it as it stands, and drops the table.
 *
 *     DATABASE_URL=postgres://postgres:secret@localhost:5432/postgres node examples/own-postgres-table/run.ts
 */
import { loadBiEncoder } from '@secondpass/core';
import { modelDirectory } from '@secondpass/models';
import pg from 'pg';
import { articles } from '../articles.ts';

const table = pg.escapeIdentifier(process.env['TABLE'] ?? 'secondpass_example_articles');
const client = new pg.Client({ connectionString: process.env['DATABASE_URL'] });
await client.connect();
await client.query('CREATE EXTENSION IF NOT EXISTS vector');
// Before `try`: it fails where the table exists already, and then that table is not dropped.
await client.query(
  `CREATE TABLE ${table} (number int PRIMARY KEY, body text, author text, year int, embedding vector(384))`,
);
try {
  const embedder = await loadBiEncoder(modelDirectory('bi-encoder'));
  const vectors = await embedder.embed({ texts: articles.map(({ body }) => body), kind: 'passage' });
  await embedder.close();
  for (const [index, { id, body, author, year }] of articles.entries()) {
    await client.query(`INSERT INTO ${table} VALUES ($1, $2, $3, $4, $5)`, [
      id,
      body,
      author,
      year,
      `[${vectors[index]!.join()}]`,
    ]);
  }
  // One for each way of searching; a column of type tsvector would serve as well as the second.
  await client.query(`CREATE INDEX ON ${table} USING hnsw (embedding vector_cosine_ops)`);
  await client.query(`CREATE INDEX ON ${table} USING gin (to_tsvector('english', body))`);
  await import('./search.ts');
} finally {
  await client.query(`DROP TABLE ${table}`);
  await client.end();
}
