import { afterEach, expect, test } from '@jest/globals';
import { qdrantSource, qdrantWriter } from '../src/index.ts';
import { pointId } from '../src/point-id.ts';
import { doubleOfQdrant } from './qdrant-double.ts';

let close: () => Promise<unknown> = async () => undefined;
afterEach(async () => {
  await close();
});

/** The double answers no scrolling; this one gives the points that `has_id` names, last first. */
async function opened(tenantField?: string) {
  const asked: Record<string, unknown>[] = [];
  const qdrant = await doubleOfQdrant({
    before(_, path, body) {
      if (path.endsWith('/index')) return [200, { status: 'completed' }];
      if (!path.endsWith('/points/scroll')) return undefined;
      asked.push(body);
      const [{ has_id: ids }] = (body['filter'] as { must: [{ has_id: string[] }] }).must;
      const points = ids.flatMap((id) => qdrant.points.get(id) ?? []).reverse();
      return [200, { points: points.map(({ id, payload }) => ({ id, payload })) }];
    },
  });
  close = async () => qdrant.server.close();
  const options = { client: qdrant.client, collection: 'double', ...(tenantField && { tenantField }) };
  const writer = qdrantWriter(options);
  await writer.prepare({ dimensions: 1 });
  await writer.write(
    ['a', 'b'].map((id) => ({
      id,
      text: `text ${id}`,
      payload: { team: 'acme' },
      vector: Float32Array.of(1),
      digest: id,
    })),
  );
  await writer.finish();
  return { asked, source: qdrantSource(options) };
}

test('passages come by their own ids, in the order of the ids', async () => {
  const { asked, source } = await opened();
  const found = await source.fetch!({ ids: ['b', 'none', 'a'] });
  expect(found).toEqual([
    { id: 'b', text: 'text b', payload: { team: 'acme' } },
    { id: 'a', text: 'text a', payload: { team: 'acme' } },
  ]);
  const points = ['b', 'none', 'a'].map(pointId);
  expect(asked).toMatchObject([{ filter: { must: [{ has_id: points }] }, limit: 3, with_vector: false }]);
});

test('tenant and filter stand beside the ids, and no tenant is refused', async () => {
  const { asked, source } = await opened('team');
  await source.fetch!({ ids: ['a'], tenant: 'acme', filter: { field: 'lang', eq: 'en' } });
  const { must } = asked[0]!['filter'] as { must: unknown[] };
  expect(must).toHaveLength(3);
  expect(JSON.stringify(must[1])).toContain('acme');
  expect(JSON.stringify(must[2])).toContain('lang');
  await expect(source.fetch!({ ids: ['a'] })).rejects.toMatchObject({ code: 'invalid-options' });
  expect(asked).toHaveLength(1);
});
