import { test } from '@jest/globals';
import { pgvectorFromConfig } from '@secondpass/adapter-pgvector';
import { inMemorySource } from '@secondpass/core/testing';
import { tryFiltersAndTenants } from './filters-and-tenants.ts';

const tenantField = 'tenant';

test('the reference in memory: random filters and tenants', async () => {
  await tryFiltersAndTenants('in memory', inMemorySource({ tenantField }), 2000);
}, 300_000);

test('PGlite: random filters and tenants', async () => {
  const opened = await pgvectorFromConfig({ memory: true, table: 'documents', search: 'exact', tenantField });
  try {
    await tryFiltersAndTenants('PGlite', opened, 2500);
  } finally {
    await opened.close();
  }
}, 300_000);
