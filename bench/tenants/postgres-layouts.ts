import { pgvectorSource, pgvectorWriter } from '@secondpass/adapter-pgvector';
import type { CandidateSource, StoredDocument } from '@secondpass/core';
import type pg from 'pg';
import { seededRandom } from '../engines/vectors.ts';
import { clusteredVectors, type SizedTenant } from './skewed-tenants.ts';

export interface TenantTable {
  readonly tenants: readonly SizedTenant[];
  readonly dimensions: number;
  /** A name that is free, and so are those that begin with it. */
  readonly name: string;
  readonly pool: pg.Pool;
}

/** One way to search the passages of one tenant: ids, best first. */
export interface TenantSearch {
  readonly layout: string;
  search(tenant: string, vector: Float32Array, depth: number): Promise<readonly string[]>;
}

const tenantField = 'tenant';
const batchSize = 1000;

/** The passages of all tenants in random order, as they come in when tenants write at the same time. */
function* documents({ tenants, dimensions }: TenantTable): Generator<StoredDocument> {
  const random = seededRandom(1);
  const next = clusteredVectors(2, dimensions);
  const owners = tenants.flatMap(({ tenant, size }) => Array.from({ length: size }, () => tenant));
  for (let left = owners.length; left > 0; left -= 1) {
    const place = Math.floor(random() * left);
    const tenant = owners[place]!;
    owners[place] = owners[left - 1]!;
    const id = `${owners.length - left}`;
    yield { id, text: `Passage ${id} of ${tenant}.`, vector: next(), digest: 'd', payload: { tenant } };
  }
}

/** Fills a table with the adapter's writer. @returns seconds for the rows, and for the indexes */
export async function fillTable(table: TenantTable): Promise<{ write: number; index: number }> {
  const writer = pgvectorWriter({ client: table.pool, table: table.name, tenantField });
  await writer.prepare({ dimensions: table.dimensions });
  const began = performance.now();
  let batch: StoredDocument[] = [];
  for (const document of documents(table)) {
    batch.push(document);
    if (batch.length < batchSize) continue;
    await writer.write(batch);
    batch = [];
  }
  await writer.write(batch);
  const written = performance.now();
  await writer.finish();
  return { write: (written - began) / 1000, index: (performance.now() - written) / 1000 };
}

/** The same rows in a table of 16 partitions by hash of the tenant, each with its own HNSW index. */
export async function partitionTable({ pool, name, dimensions }: TenantTable): Promise<string> {
  const table = `${name}_partitioned`;
  await pool.query(
    `CREATE TABLE ${table} (id text, text text, tenant text NOT NULL, embedding vector(${dimensions}), PRIMARY KEY (id, tenant)) PARTITION BY HASH (tenant)`,
  );
  for (let part = 0; part < 16; part += 1) {
    await pool.query(
      `CREATE TABLE ${table}_${part} PARTITION OF ${table} FOR VALUES WITH (MODULUS 16, REMAINDER ${part})`,
    );
  }
  await pool.query(`INSERT INTO ${table} SELECT id, text, payload ->> 'tenant', embedding FROM ${name}`);
  await pool.query(`CREATE INDEX ON ${table} (tenant)`);
  await pool.query(`CREATE INDEX ON ${table} USING hnsw (embedding vector_cosine_ops)`);
  await pool.query(`ANALYZE ${table}`);
  return table;
}

/** An HNSW index of its own for one large tenant. */
export async function indexTenant({ pool, name }: TenantTable, tenant: string): Promise<void> {
  await pool.query(
    `CREATE INDEX ${name}_partial ON ${name} USING hnsw (embedding vector_cosine_ops) WHERE (payload -> 'tenant') = '"${tenant}"'`,
  );
  await pool.query(`ANALYZE ${name}`);
}

/** By the adapter. */
export function adapterSearch(layout: string, options: Parameters<typeof pgvectorSource>[0]): TenantSearch {
  const source: CandidateSource = pgvectorSource({ ...options, tenantField, statementTimeoutMs: 60_000 });
  return {
    layout,
    async search(tenant, vector, depth) {
      const found = await source.search({ query: { text: 'q', vector }, depth, tenant });
      return found.map(({ id }) => id);
    },
  };
}

/** As a program would write it that knows pgvector's documentation: one statement, and the server chooses the plan. */
export function plainSearch(layout: string, { pool, name }: TenantTable, iterative: boolean): TenantSearch {
  const text = `SELECT id FROM ${name} WHERE (payload -> 'tenant') = $2::jsonb ORDER BY embedding <=> $1::vector LIMIT $3`;
  return {
    layout,
    async search(tenant, vector, depth) {
      const connection = await pool.connect();
      try {
        await connection.query(
          `BEGIN; SET LOCAL hnsw.ef_search = ${Math.max(40, depth)}; SET LOCAL hnsw.iterative_scan = ${iterative ? 'strict_order' : 'off'}`,
        );
        const { rows } = await connection.query({
          name: `plain_${iterative}`,
          text,
          values: [`[${vector.join()}]`, JSON.stringify(tenant), depth],
        });
        await connection.query('COMMIT');
        return rows.map(({ id }) => String(id));
      } finally {
        connection.release();
      }
    },
  };
}
