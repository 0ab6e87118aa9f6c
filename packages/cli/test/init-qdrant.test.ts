import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { doubleOfQdrant } from '../../adapter-qdrant/test/qdrant-double.ts';
import { runCommand } from './run-command.ts';
import { temporaryFolder } from './temporary-folder.ts';

const payloads = [
  { page_content: 'Yeast makes dough rise.', metadata: { lang: 'en' } },
  { page_content: 'Salt slows yeast down.', metadata: { lang: 'en' } },
];
let schema = {};
let multitenant: Record<string, unknown> = {};

/** What LangChain writes: named vectors, the text and an object beside it. The double knows no list and no pages. */
const qdrant = await doubleOfQdrant({
  before(method, path) {
    if (path === '/') return [200, { version: '1.19.0' }];
    if (method === 'GET' && path === '/collections') return [200, { collections: [{ name: 'double' }] }];
    if (path.endsWith('/points/scroll')) {
      const points = payloads.map((payload, id) => ({ id, payload: { ...payload, ...multitenant } }));
      return [200, { points }];
    }
    if (method !== 'GET' || path !== '/collections/double') return undefined;
    const vectors = {
      dense: { size: 384, distance: 'Cosine' },
      tokens: { size: 128, distance: 'Cosine', multivector_config: { comparator: 'max_sim' } },
    };
    return [200, { status: 'green', config: { params: { vectors } }, payload_schema: schema }];
  },
});

beforeAll(() =>
  qdrant.client
    .api()
    .createCollection({ collection_name: 'double', vectors: { dense: { size: 384, distance: 'Cosine' } } }),
);
afterAll(() => qdrant.server.close());

async function init(...flags: string[]) {
  const folder = temporaryFolder();
  const here = [
    'init',
    '--yes',
    '--database',
    'qdrant',
    '--url',
    qdrant.server.url,
    '--collection',
    'double',
  ];
  const run = await runCommand([...here, '--reranker', 'nano', ...flags], { folder });
  const config = () => parse(readFileSync(join(folder, 'secondpass.config.yaml'), 'utf8'));
  return { ...run, config };
}

test("a collection of LangChain's is found with its vector, its text and its payload", async () => {
  const { code, stderr, config } = await init();
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('Nothing is wrong.') });
  expect(config().source).toEqual({
    adapter: 'qdrant',
    url: `\${QDRANT_URL:-${qdrant.server.url}}`,
    collection: 'double',
    vectorName: 'dense',
    textField: 'page_content',
    payloadField: 'metadata',
  });
}, 300_000);

test('an index that is made for tenants has to be spoken of', async () => {
  schema = { group: { data_type: 'keyword', params: { type: 'keyword', is_tenant: true } } };
  multitenant = { group: 'acme' };
  const { code, stderr } = await init();
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('--tenant-field is missing') });
  const { config } = await init('--tenant-field', 'group');
  expect(config().source).toMatchObject({ tenantField: 'group', payloadField: null });
}, 300_000);

test('a collection that is not there is named', async () => {
  const { code, stderr } = await init('--collection', 'doubel');
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining('Did you mean "double"?') });
});
