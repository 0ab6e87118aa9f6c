import { randomUUID } from 'node:crypto';
import { QdrantClient } from '@qdrant/js-client-rest';

/** A client and collections for one test file, so that files can share a server and leave nothing behind. */
export interface TestCollections {
  /** Without a timeout of its own, so that it lets the adapter's signal through. */
  readonly client: QdrantClient;
  /** A collection name that was not given before. */
  next(): string;
  drop(): Promise<void>;
}

export function openTestCollections(url: string): TestCollections {
  const apiKey = process.env['QDRANT_API_KEY'];
  const client = new QdrantClient({
    url,
    timeout: Number.POSITIVE_INFINITY,
    checkCompatibility: false,
    ...(apiKey && { headers: { 'api-key': apiKey } }),
  });
  const prefix = `test_${randomUUID().replaceAll('-', '')}`;
  let names = 0;
  return {
    client,
    next() {
      names += 1;
      return `${prefix}_${names}`;
    },
    async drop() {
      for (let name = 1; name <= names; name += 1) {
        await client.deleteCollection(`${prefix}_${name}`).catch(() => {});
      }
    },
  };
}
