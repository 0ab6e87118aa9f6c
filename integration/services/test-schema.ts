import { randomUUID } from 'node:crypto';
import pg from 'pg';

/** A schema for one test file, so that files can share a server and leave nothing behind. */
export interface TestSchema {
  readonly name: string;
  readonly pool: pg.Pool;
  /** A table name that was not given before. */
  nextTable(): string;
  drop(): Promise<void>;
}

export async function createTestSchema(url: string, options: pg.PoolConfig = {}): Promise<TestSchema> {
  const pool = new pg.Pool({ connectionString: url, ...options });
  // Tests stop the server; a pool without a listener would end the test run.
  pool.on('error', () => {});
  const schema = `test_${randomUUID().replaceAll('-', '')}`;
  await pool.query(`CREATE SCHEMA ${schema}`);
  let tables = 0;
  return {
    name: schema,
    pool,
    nextTable() {
      tables += 1;
      return `${schema}.table_${tables}`;
    },
    async drop() {
      await pool.query(`DROP SCHEMA ${schema} CASCADE`);
      await pool.end();
    },
  };
}
