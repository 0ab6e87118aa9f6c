import { randomUUID } from 'node:crypto';
import { QdrantClient } from '@qdrant/js-client-rest';

/** A client and collections for one test file, so that files can share a server and leave nothing behind. */
export interface TestCollections {
  /** Without a timeout of its own, so that it lets the adapter's signal through. */
  readonly client: QdrantClient;
  /** A collection name that was not given before. */
  next(): string;
  /** Takes a made-up name that `next` did not give among those that `drop` drops; it must begin with `test_`. */
  adopt(name: string): string;
  /**
   * Drops one collection, or all that are left.
   *
   * @throws Error for a name that the tests did not make up: it may be a user's
   */
  drop(name?: string): Promise<void>;
}

export function openTestCollections(url: string): TestCollections {
  const apiKey = process.env['QDRANT_API_KEY'];
  const client = new QdrantClient({
    url,
    timeout: Number.POSITIVE_INFINITY,
    checkCompatibility: false,
    headers: { 'accept-encoding': 'identity', ...(apiKey && { 'api-key': apiKey }) },
  });
  const prefix = `test_${randomUUID().replaceAll('-', '')}`;
  const names = new Set<string>();
  const adopt = (name: string) => {
    if (!/^test_[0-9a-f]{16}/.test(name)) throw new Error(`${name} may be the name of a user's collection.`);
    names.add(name);
    return name;
  };
  return {
    client,
    next: () => adopt(`${prefix}_${names.size + 1}`),
    adopt,
    async drop(name) {
      if (name !== undefined) {
        if (!names.has(name)) throw new Error(`${name} was not made up here, so it is not dropped.`);
        await client.deleteCollection(name);
        return;
      }
      for (const own of names) await client.deleteCollection(own).catch(() => {});
    },
  };
}
