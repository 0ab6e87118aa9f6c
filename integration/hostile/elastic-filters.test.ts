import { afterAll, test } from '@jest/globals';
import { openTestIndices } from '../elastic/test-indices.ts';
import { describeEngine } from '../engines.ts';
import { startElastic } from '../services/elastic.ts';
import { tryFiltersAndTenants } from './filters-and-tenants.ts';

const engine = await startElastic(['9', '8']);

describeEngine('elastic', engine, ({ url, version, stop }) => {
  const indices = openTestIndices({ url, version });
  afterAll(async () => {
    await indices.drop();
    await stop();
  });

  test('random filters and tenants', async () => {
    const opened = indices.open(indices.next(), { asked: { search: 'exact' }, tenantField: 'tenant' });
    await tryFiltersAndTenants('Elasticsearch', opened, 2500);
  }, 300_000);
});
