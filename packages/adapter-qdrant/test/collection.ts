import type { QdrantApi, QdrantClientLike } from '../src/index.ts';
import type { QdrantCollectionOptions } from '../src/qdrant-options.ts';
import { resolveCollection } from '../src/resolve-collection.ts';

/** A client whose calls are the given ones, and every other a failure of the test. */
export function clientOf(calls: Partial<QdrantApi> = {}): QdrantClientLike {
  const api = new Proxy(calls, {
    get(target, name) {
      const found = Reflect.get(target, name) as unknown;
      if (found === undefined) throw new Error(`${String(name)} was called.`);
      return found;
    },
  });
  return { api: () => api as QdrantApi };
}

export function collectionOf(options: Partial<QdrantCollectionOptions> = {}) {
  const resolved = resolveCollection({ client: clientOf(), collection: 'articles', ...options });
  return { ...resolved, payloadField: resolved.payloadField ?? 'payload' };
}

export const collection = collectionOf();
