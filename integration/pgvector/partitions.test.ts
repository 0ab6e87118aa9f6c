import { afterAll, expect, test } from '@jest/globals';
import { pgvectorReader, pgvectorSource, pgvectorWriter } from '@secondpass/adapter-pgvector';
import type { Payload, StoredDocument } from '@secondpass/core';
import type { OpenOptions, SourceUnderTest } from '@secondpass/core/testing';
import pg from 'pg';
import { describeEngine } from '../engines.ts';
import { startPgvector } from '../services/pgvector.ts';
import { createTestSchema } from '../services/test-schema.ts';
import { describeClusterContract } from './cluster-contract.ts';
import { randomDocuments } from './random-documents.ts';

const engine = await startPgvector();
const created = 'notRun' in engine ? undefined : await createTestSchema(engine.url);
const tenantOf = (index: number) => `tenant ${index % 6}`;
const documents = randomDocuments(600, 8).map((document, index) => ({
  ...document,
  payload: { ...document.payload, owner: { id: tenantOf(index) } },
}));
const tenantField = 'owner.id';
const query = { text: 'any', vector: documents[0]!.vector };
const idsOf = (found: readonly { readonly id: string }[]) => found.map(({ id }) => id).sort();
const idsOfTenant = (tenant: string) =>
  documents
    .filter(({ payload }) => payload.owner.id === tenant)
    .map(({ id }) => id)
    .sort();

/** Hides the tenants of a multi-tenant source: everything is one tenant's, among the partitions of others. */
function asOneTenant({ source, writer, reader }: Required<SourceUnderTest>): Required<SourceUnderTest> {
  const owner = { id: 'the only one' };
  const owned = (document: StoredDocument) => ({ ...document, payload: { ...document.payload, owner } });
  const plain = <D extends { readonly payload?: Payload }>({ payload, ...rest }: D) => {
    const { owner: _, ...fields } = payload!;
    return { ...rest, ...(Object.keys(fields).length > 0 && { payload: fields }) };
  };
  const tenant = owner.id;
  return {
    source: {
      ...source,
      search: async (request) => (await source.search({ ...request, tenant })).map(plain) as never,
      fetch: async (request) => (await source.fetch!({ ...request, tenant })).map(plain) as never,
    },
    writer: { ...writer, write: (batch, options) => writer.write(batch.map(owned), options) },
    reader: {
      ...reader,
      async *read(request) {
        for await (const batch of reader.read(request)) yield batch.map(plain) as never;
      },
    },
  };
}

describeEngine('pgvector', engine, ({ url, stop }) => {
  const schema = created!;
  afterAll(async () => {
    await schema.drop();
    await stop();
  });

  const open = (table: string, partitions = 4) => {
    const options = { client: schema.pool, table, tenantField };
    return {
      source: pgvectorSource(options),
      writer: pgvectorWriter({ ...options, partitions }),
      reader: pgvectorReader(options),
    };
  };

  /** The plan of a search's statement, where an index is wanted if there is one. */
  async function planOf(search: (client: pg.Pool) => Promise<unknown>): Promise<string> {
    const client = new pg.Pool({ connectionString: url, max: 1 });
    let asked: { readonly text: string; readonly values: unknown[] } | undefined;
    client.on('connect', (connection) => {
      const { query } = connection;
      connection.query = ((text: unknown, values: unknown[]) => {
        if (typeof text === 'string' && text.includes('AS distance')) asked = { text, values };
        return (query as (...given: unknown[]) => unknown).call(connection, text, values);
      }) as typeof query;
    });
    await search(client);
    const connection = await client.connect();
    await connection.query('SET enable_seqscan = off; SET enable_sort = off');
    const { rows } = await connection.query(`EXPLAIN ${asked!.text}`, asked!.values);
    connection.release();
    await client.end();
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  }

  test('a table that is divided by tenant: each search reads one partition, by its own index', async () => {
    const table = schema.nextTable();
    const { source, writer, reader } = open(table);
    await writer.prepare({ dimensions: 8 });
    await writer.write(documents);
    await writer.finish();
    for (const tenant of new Set(documents.map(({ payload }) => payload.owner.id))) {
      expect(idsOf(await source.search({ query, depth: 600, tenant }))).toEqual(idsOfTenant(tenant));
    }
    expect(await source.search({ query, depth: 600, tenant: 'nobody' })).toEqual([]);
    const [one] = idsOfTenant('tenant 1');
    expect(idsOf(await source.fetch!({ ids: [one!, 'document 0'], tenant: 'tenant 1' }))).toEqual([one]);
    expect(await reader.count()).toBe(600);
    expect(await writer.storedDigests(['document 5'])).toEqual(new Map([['document 5', 'digest 5']]));

    const plan = await planOf((client) =>
      pgvectorSource({ client, table, tenantField }).search({ query, depth: 10, tenant: 'tenant 1' }),
    );
    expect(new Set(plan.match(/part_\d+_[\da-f]{8}/g)!)).toHaveProperty('size', 1);
    expect(plan).toMatch(/Index Scan using \S*embedding\S*/);
  });

  test('a document that changes its tenant is one document, of the new one', async () => {
    const { source, writer, reader } = open(schema.nextTable());
    await writer.prepare({ dimensions: 8 });
    await writer.write(documents.slice(0, 12));
    await writer.finish();
    const moved = { ...documents[0]!, payload: { owner: { id: 'tenant 3' } } };
    // At once, and for different tenants: one of them is the last.
    const others = Array.from({ length: 6 }, (_, index) => ({
      ...documents[1]!,
      payload: { owner: { id: tenantOf(index) } },
    }));
    await Promise.all([moved, ...others].map((document) => writer.write([document])));
    expect(await writer.count()).toBe(12);
    expect(await reader.count()).toBe(12);
    const ofTenant = async (tenant: string) => idsOf(await source.search({ query, depth: 100, tenant }));
    expect(await ofTenant('tenant 3')).toContain('document 0');
    expect(await ofTenant('tenant 0')).not.toContain('document 0');
    expect(await writer.delete(['document 0', 'document 1'])).toBe(2);
  });

  test('another number of partitions, and a column that is not the field, are refused', async () => {
    const table = schema.nextTable();
    await open(table).writer.prepare({ dimensions: 8 });
    await expect(open(table, 8).writer.prepare({ dimensions: 8 })).rejects.toMatchObject({
      code: 'invalid-options',
      problem: `partitions is "8" and ${table} was created for "4".`,
    });
    const wrong = `INSERT INTO ${table} VALUES ('1', 'x', '{"owner": {"id": "a"}}', 'd', '[1,0,0,0,0,0,0,0]', 'b')`;
    await expect(schema.pool.query(wrong)).rejects.toThrow('check constraint');
  });

  test('a table of yours that is divided by tenant is searched in one partition', async () => {
    const table = schema.nextTable();
    await schema.pool.query(`
      CREATE TABLE ${table} (id int, customer text, text text, embedding vector(8), PRIMARY KEY (customer, id))
        PARTITION BY LIST (customer);
      CREATE TABLE ${table}_acme PARTITION OF ${table} FOR VALUES IN ('acme');
      CREATE TABLE ${table}_globex PARTITION OF ${table} FOR VALUES IN ('globex');
      CREATE TABLE ${table}_others PARTITION OF ${table} DEFAULT;
      CREATE INDEX ON ${table} USING hnsw (embedding vector_cosine_ops)`);
    for (const [index, { text, vector }] of documents.slice(0, 90).entries()) {
      await schema.pool.query(`INSERT INTO ${table} VALUES ($1, $2, $3, $4)`, [
        // The same ids for every customer.
        Math.floor(index / 3),
        ['acme', 'globex', 'initech'][index % 3],
        text,
        `[${vector.join()}]`,
      ]);
    }
    const options = { table, tenantField: 'customer', columns: { payload: ['customer'] } };
    const source = pgvectorSource({ client: schema.pool, ...options });
    for (const tenant of ['acme', 'globex', 'initech']) {
      const found = await source.search({ query, depth: 100, tenant });
      expect(found).toHaveLength(30);
      for (const { payload } of found) expect(payload).toEqual({ customer: tenant });
    }
    const plan = await planOf((client) =>
      pgvectorSource({ client, ...options }).search({ query, depth: 10, tenant: 'globex' }),
    );
    expect(plan).toContain('_globex');
    expect(plan).not.toMatch(/_acme|_others/);
    expect(plan).toMatch(/Index Scan using \S*globex_embedding\S*/);
  });

  describeClusterContract(
    'pgvector-partitions-contract',
    () => schema,
    () => ({
      client: schema.pool,
      open: async ({ tenantField: field, timeoutMs }: OpenOptions = {}) => {
        const shared = { client: schema.pool, table: schema.nextTable(), tenantField: field ?? tenantField };
        const limit = timeoutMs !== undefined && { statementTimeoutMs: timeoutMs };
        const opened = {
          source: pgvectorSource({ ...shared, ...limit }),
          writer: pgvectorWriter({ ...shared, partitions: 4 }),
          reader: pgvectorReader(shared),
        };
        return field === undefined ? asOneTenant(opened) : opened;
      },
      exempt: [{ rule: 'refuses a tenant where there are none', reason: 'Here there always are some.' }],
    }),
  );
});
