import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { afterAll, test } from '@jest/globals';
import { pgvectorSource, pgvectorTextSource, pgvectorWriter } from '@secondpass/adapter-pgvector';
import { inMemorySource } from '@secondpass/core/testing';
import { tryIsolation } from './tenant-isolation.ts';

const tenantField = 'tenant';
const client = await PGlite.create({ extensions: { vector } });
afterAll(() => client.close());

test('the reference in memory: no tenant sees the passages of another', async () => {
  await tryIsolation(inMemorySource({ tenantField }), 120);
}, 600_000);

test('PGlite: no tenant sees the passages of another', async () => {
  const options = { client, table: 'documents', tenantField };
  const engine = {
    source: pgvectorSource(options),
    textSource: pgvectorTextSource(options),
    writer: pgvectorWriter({ ...options, textSearch: {} }),
  };
  await tryIsolation(engine, 60);
}, 600_000);
