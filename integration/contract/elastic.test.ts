import { randomUUID } from 'node:crypto';
import { afterAll, describe, test } from '@jest/globals';
import { Client as Client9 } from '@elastic/elasticsearch';
import { type ElasticClient, elasticSource, elasticWriter } from '@secondpass/adapter-elastic';
import { candidateSourceContract } from '@secondpass/core/testing';
import { Client as Client8 } from 'elasticsearch-8';
import { describeEngine } from '../engines.ts';
import { type ElasticMajor, startElastic } from '../services/elastic.ts';

/** A client of version 8 speaks to both servers, one of version 9 to its own only. */
const pairs = [
  ['8', [['client 8', Client8, 'hnsw', 'exact']]],
  ['9', [['client 9', Client9, 'hnsw', 'hnsw'], ['client 9, flat', Client9, 'flat', 'exact'], ['client 8', Client8, 'hnsw', 'exact']]],
] as const satisfies readonly (readonly [ElasticMajor, readonly (readonly unknown[])[]])[];

for (const [major, clients] of pairs) {
  const engine = await startElastic([major]);

  describeEngine(`elastic-${major}`, engine, ({ url, version, stop }) => {
    const opened: { close(): Promise<void> }[] = [];
    afterAll(async () => {
      await Promise.all(opened.map((client) => client.close()));
      await stop();
    });

    describe.each(clients)(`Elasticsearch ${version}, %s`, (_, Client, type, search) => {
      const client = new Client({ node: url });
      const nobody = new Client({ node: 'http://127.0.0.1:1' });
      opened.push(client, nobody);
      candidateSourceContract(test, {
        open: async () => {
          const options: { client: ElasticClient; index: string } = { client, index: `test-${randomUUID()}` };
          return { source: elasticSource({ ...options, search }), writer: elasticWriter({ ...options, vectors: { type } }) };
        },
        unreachable: async () => elasticSource({ client: nobody, index: 'nowhere' }),
        askClient: () => client.indices.getMapping(),
      });
    });
  });
}
