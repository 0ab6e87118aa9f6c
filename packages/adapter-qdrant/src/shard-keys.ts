import { call, read } from './qdrant-call.ts';
import type { NewPoint, PointGroup, ShardSelector } from './qdrant-upsert.ts';
import type { QdrantCollection } from './resolve-collection.ts';

/** The shards that hold a tenant's points. */
export function shardsOf({ shardKey }: QdrantCollection, tenant: string | undefined): ShardSelector {
  if (shardKey === undefined || tenant === undefined) return {};
  return { shard_key: shardKey === 'tenant' ? tenant : { target: tenant, fallback: shardKey.fallback } };
}

/** One group for each tenant whose points have shards of their own, so that each can be one request. */
export function groupsByShards(
  points: readonly NewPoint[],
  collection: QdrantCollection & { readonly payloadField: string },
): readonly PointGroup[] {
  if (collection.shardKey === undefined) return [{ shards: {}, points }];
  const groups = Map.groupBy(points, (point) => tenantOf(point, collection));
  return [...groups].map(([tenant, points]) => ({ shards: shardsOf(collection, tenant), points }));
}

/** Creates the shard keys that the points of these tenants need and the collection lacks. */
export async function prepareShardKeys(
  collection: QdrantCollection,
  tenants: readonly string[],
  { signal, timeoutMs }: { readonly signal?: AbortSignal | undefined; readonly timeoutMs: number },
): Promise<ReadonlySet<string>> {
  const { shardKey } = collection;
  const target = { collection_name: collection.collection };
  const wanted = shardKey === 'tenant' ? tenants : shardKey === undefined ? [] : [shardKey.fallback];
  let present = await list();
  for (const shard_key of wanted.filter((key) => !present.has(key))) {
    try {
      await call(collection, (api, init) => api.createShardKey({ ...target, shard_key }, init), {
        signal,
        timeoutMs,
      });
    } catch (error) {
      // Another process may have created it since.
      present = await list();
      if (!present.has(shard_key)) throw error;
    }
  }
  return new Set([...present, ...wanted]);

  async function list(): Promise<ReadonlySet<string>> {
    const { shard_keys } = await read<{ readonly shard_keys?: readonly { readonly key: unknown }[] | null }>(
      collection,
      (api, init) => api.listShardKeys(target, init),
      { signal },
    );
    return new Set((shard_keys ?? []).map(({ key }) => String(key)));
  }
}

/** Where Qdrant puts a tenant's points. */
export function shardKeyFor(
  { shardKey }: QdrantCollection,
  tenant: string,
  present: ReadonlySet<string>,
): string {
  return shardKey === 'tenant' || shardKey === undefined || present.has(tenant) ? tenant : shardKey.fallback;
}

/** The tenant of a point, which has been checked to have one. */
export function tenantOf(
  { payload }: NewPoint,
  {
    payloadField,
    tenantField = '',
  }: Pick<QdrantCollection, 'tenantField'> & { readonly payloadField: string },
): string {
  const fields = [payloadField, ...tenantField.split('.')];
  return String(fields.reduce((value: unknown, key) => (value as Record<string, unknown>)[key], payload));
}
