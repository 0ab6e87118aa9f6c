import { afterAll, beforeAll, test } from '@jest/globals';
import { pgvectorSource, pgvectorTextSource, pgvectorWriter } from '@secondpass/adapter-pgvector';
import { describeEngine } from '../engines.ts';
import { startPgvector } from '../services/pgvector.ts';
import { createTestSchema, type TestSchema } from '../services/test-schema.ts';
import { tryFiltersAndTenants } from './filters-and-tenants.ts';
import { tryIsolation } from './tenant-isolation.ts';

const engine = await startPgvector();

describeEngine('pgvector', engine, ({ url, stop }) => {
  let schema: TestSchema;
  beforeAll(async () => {
    schema = await createTestSchema(url, { max: 4 });
  });
  afterAll(async () => {
    await schema.drop();
    await stop();
  });

  test('random filters and tenants', async () => {
    const options = { client: schema.pool, table: schema.nextTable(), tenantField: 'tenant' };
    const source = pgvectorSource({ ...options, search: 'exact' });
    await tryFiltersAndTenants('PostgreSQL', { source, writer: pgvectorWriter(options) }, 3000);
  }, 300_000);

  test('no tenant sees the passages of another', async () => {
    const options = { client: schema.pool, table: schema.nextTable(), tenantField: 'tenant' };
    const opened = {
      source: pgvectorSource(options),
      textSource: pgvectorTextSource(options),
      writer: pgvectorWriter({ ...options, textSearch: {} }),
    };
    await tryIsolation(opened, 80);
  }, 600_000);
});
