import { expect, test } from '@jest/globals';
import { sendBulk } from '../src/elastic-bulk.ts';
import type { ElasticEngine } from '../src/elastic-engine.ts';

test('64 documents of 1 MB are sent in requests of at most 8 MB, each once and in order', async () => {
  const sizes: number[] = [];
  const sent: string[] = [];
  const engine = {
    bulk: async ({ operations }: { operations: string[] }) => {
      sizes.push(operations.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0));
      const heads = operations.filter((_, line) => line % 2 === 0).map((line) => JSON.parse(line));
      sent.push(...heads.map((head) => head.index._id as string));
      return { items: heads.map(() => ({ index: { status: 201 } })) };
    },
  } as unknown as ElasticEngine;
  const ids = Array.from({ length: 64 }, (_, index) => `document ${index}`);
  const json = JSON.stringify({ text: 'é'.repeat(500_000) });
  const items = ids.map((id) => ({ id, action: 'index' as const, json }));
  const outcomes = await sendBulk({ engine, index: 'nowhere', items, retries: 0 });
  expect(outcomes.map(({ id, status }) => [id, status])).toEqual(ids.map((id) => [id, 201]));
  expect(sent).toEqual(ids);
  expect(sizes.length).toBeGreaterThan(7);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(8_000_000);
});
