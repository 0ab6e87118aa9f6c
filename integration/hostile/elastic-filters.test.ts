import { afterAll, test } from '@jest/globals';
import { elasticSource } from '@secondpass/adapter-elastic';
import { openTestIndices } from '../elastic/test-indices.ts';
import { describeEngine } from '../engines.ts';
import { startElastic } from '../services/elastic.ts';
import { tryFiltersAndTenants } from './filters-and-tenants.ts';
import { tryIsolation } from './tenant-isolation.ts';

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

  test('no tenant sees the passages of another', async () => {
    const { client } = indices;
    const [index, tenantField] = [indices.next(), 'tenant'];
    const opened = indices.open(index, { tenantField });
    const textSource = elasticSource({ client, index, tenantField, match: 'text' });
    await tryIsolation({ ...opened, textSource }, 50);
  }, 600_000);
});
