import { Client } from '@elastic/elasticsearch';
import { elasticSource, elasticWriter } from '@secondpass/adapter-elastic';
import type { OpenEngine } from './engine.ts';

/** Elasticsearch at `ELASTIC_URL`, version 9. */
export const openElastic: OpenEngine = async (table) => {
  const node = process.env['ELASTIC_URL'];
  if (!node) return undefined;
  const client = new Client({ node });
  const { nodes } = await client.nodes.info();
  const version = Object.values(nodes)[0]?.version;
  return {
    name: `Elasticsearch ${version}`,
    source: elasticSource({ client, index: table }),
    writer: elasticWriter({ client, index: table }),
    async bareSearch(vector, depth) {
      const answer = await client.search({
        index: table,
        size: depth,
        _source: ['text', 'payload'],
        track_total_hits: false,
        knn: { field: 'vector', query_vector: Array.from(vector), k: 150, num_candidates: 150 },
      });
      return answer.hits.hits.length;
    },
    async close() {
      await client.indices.delete({ index: table, ignore_unavailable: true });
      await client.close();
    },
  };
};
