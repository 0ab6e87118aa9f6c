import { Client as Client9 } from '@elastic/elasticsearch';
import { afterAll, describe, test } from '@jest/globals';
import { elasticReader, elasticSource, elasticWriter } from '@secondpass/adapter-elastic';
import { candidateSourceContract, type OpenOptions, textSourceContract } from '@secondpass/core/testing';
import { Client as Client8 } from 'elasticsearch-8';
import { existingIndices } from '../elastic/existing-indices.ts';
import { openTestIndices } from '../elastic/test-indices.ts';
import { widened } from '../elastic/widened.ts';
import { describeEngine } from '../engines.ts';
import { type ElasticMajor, startElastic } from '../services/elastic.ts';

type Variant = readonly [
  name: string,
  Client: typeof Client8 | typeof Client9,
  vectors: 'hnsw' | 'flat',
  search: 'hnsw' | 'exact',
  quantize: 'int8' | 'binary' | undefined,
];

/** A client of version 8 speaks to both servers, one of version 9 to its own only. */
const pairs: readonly (readonly [ElasticMajor, readonly Variant[]])[] = [
  [
    '8',
    [
      ['client 8', Client8, 'hnsw', 'exact', undefined],
      ['client 8, binary', Client8, 'hnsw', 'hnsw', 'binary'],
    ],
  ],
  [
    '9',
    [
      ['client 9', Client9, 'hnsw', 'hnsw', undefined],
      ['client 9, flat', Client9, 'flat', 'exact', undefined],
      ['client 8, int8', Client8, 'hnsw', 'exact', 'int8'],
    ],
  ],
];

for (const [major, clients] of pairs) {
  const engine = await startElastic([major]);

  describeEngine(`elastic-${major}`, engine, ({ url, version, stop }) => {
    const opened: { close(): Promise<void> }[] = [];
    const indices = openTestIndices({ url, version });
    afterAll(async () => {
      await indices.drop();
      await Promise.all(opened.map((client) => client.close()));
      await stop();
    });

    describe.each(clients)(`Elasticsearch ${version}, %s`, (_, Client, type, search, quantize) => {
      // The calls that tests make are the same in both.
      const client = new Client({ node: url }) as unknown as Client9;
      const nobody = new Client({ node: 'http://127.0.0.1:1', maxRetries: 0 });
      opened.push(client, nobody);
      const wideningFilters = [
        { match_all: {} },
        { bool: { should: [{ match_all: {} }], minimum_should_match: 0 } },
        { bool: { must_not: [{ match_none: {} }] } },
        { exists: { field: 'vector' } },
      ];
      const openMatching =
        (match: 'vector' | 'text') =>
        async ({ tenantField }: OpenOptions = {}) => {
          const options = {
            client,
            index: indices.next(),
            ...(tenantField !== undefined && { tenantField }),
          };
          const opened = {
            source: elasticSource({ ...options, search, match }),
            writer: elasticWriter({ ...options, vectors: { type }, ...(quantize && { quantize }) }),
            reader: elasticReader(options),
          };
          return quantize === 'binary' ? widened(opened) : opened;
        };
      candidateSourceContract(test, {
        open: openMatching('vector'),
        unreachable: async () => elasticSource({ client: nobody, index: 'nowhere' }),
        askClient: () => client.indices.getMapping(),
        reader: {},
        existing: existingIndices(client, indices.next),
        tenants: { wideningFilters },
        fetch: true,
      });
      // Words are found as in every other index.
      if (quantize === 'binary') return;
      describe('by text', () => {
        textSourceContract(test, {
          open: openMatching('text'),
          unreachable: async () => elasticSource({ client: nobody, index: 'nowhere', match: 'text' }),
          tenants: { wideningFilters },
        });
      });
    });
  });
}
