import { pgvectorSource, pgvectorWriter } from '@secondpass/adapter-pgvector';
import pg from 'pg';
import type { OpenEngine } from './engine.ts';

/** PostgreSQL with pgvector at `PGVECTOR_URL`. The bare search has `hnsw.ef_search` set once, when it connects. */
export const openPgvector: OpenEngine = async (table) => {
  const url = process.env['PGVECTOR_URL'];
  if (!url) return undefined;
  // As pgvectorFromConfig opens it.
  const pool = new pg.Pool({ connectionString: url, max: 2, pipeline: true } as pg.PoolConfig);
  const bare = new pg.Client({ connectionString: url, options: '-c hnsw.ef_search=100' });
  await bare.connect();
  const { rows } = await pool.query(
    "SELECT current_setting('server_version') AS server, (SELECT extversion FROM pg_extension WHERE extname = 'vector') AS extension",
  );
  const text = `SELECT id, text, payload, embedding <=> $1::vector AS distance FROM ${table} ORDER BY embedding <=> $1::vector LIMIT $2`;
  return {
    name: `PostgreSQL ${rows[0].server}, pgvector ${rows[0].extension}`,
    source: pgvectorSource({ client: pool, table, statementTimeoutMs: 60_000 }),
    writer: pgvectorWriter({ client: pool, table }),
    async bareSearch(vector, depth) {
      const answer = await bare.query({ name: 'bare', text, values: [`[${vector.join()}]`, depth] });
      return answer.rows.length;
    },
    async close() {
      await pool.query(`DROP TABLE IF EXISTS ${table}`);
      await Promise.all([pool.end(), bare.end()]);
    },
  };
};
