import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { temporaryFolder } from './temporary-folder.ts';

/** An embedded database as another tool made it: no column is called as ours are. Every vector is different. */
export async function foreignDatabase(statements: readonly string[]): Promise<string> {
  const directory = join(temporaryFolder(), 'database');
  await using client = await PGlite.create({ dataDir: directory, extensions: { vector } });
  await client.exec('CREATE EXTENSION vector');
  for (const statement of statements) await client.exec(statement);
  return directory;
}

/** SQL of so many different vectors, as rows with a number `n`. */
export function vectors(rows: number, dimensions: number): string {
  return `SELECT n, (SELECT array_agg(sin(n * i)) FROM generate_series(1, ${dimensions}) i)::vector AS numbers FROM generate_series(1, ${rows}) n`;
}

export const articles = [
  `CREATE TABLE "Help Articles" (article_key uuid PRIMARY KEY, headline varchar(200), body_md text, customer_id text,
    meta jsonb, emb vector(384))`,
  `INSERT INTO "Help Articles" SELECT gen_random_uuid(), 'Article ' || n,
    'To reset a password, open the settings and press button number ' || n, 'acme', '{"lang":"en"}', numbers
    FROM (${vectors(20, 384)}) made`,
  'CREATE INDEX ON "Help Articles" USING hnsw (emb vector_ip_ops)',
];
