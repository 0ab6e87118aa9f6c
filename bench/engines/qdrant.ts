import { QdrantClient } from '@qdrant/js-client-rest';
import { qdrantSource, qdrantWriter } from '@secondpass/adapter-qdrant';
import type { OpenEngine } from './engine.ts';

/** Qdrant at `QDRANT_URL`. */
export const openQdrant: OpenEngine = async (table) => {
  const url = process.env['QDRANT_URL'];
  if (!url) return undefined;
  // With gzip more than half of the searches wait 40 ms for an acknowledgement; see the adapter's README.
  const headers = { 'accept-encoding': 'identity' };
  const client = new QdrantClient({ url, headers, checkCompatibility: false });
  const { version } = await client.versionInfo();
  return {
    name: `Qdrant ${version}`,
    source: qdrantSource({ client, collection: table }),
    writer: qdrantWriter({ client, collection: table }),
    async bareSearch(vector, depth) {
      const answer = await client.query(table, {
        query: Array.from(vector),
        limit: depth,
        with_payload: true,
      });
      return answer.points.length;
    },
    async close() {
      await client.deleteCollection(table);
    },
  };
};
