import { afterEach, expect, test } from '@jest/globals';
import { type QdrantSourceOptions, qdrantSource, qdrantWriter } from '../src/index.ts';
import { doubleOfQdrant } from './qdrant-double.ts';

let opened: { close(): Promise<void> } | undefined;
afterEach(() => opened?.close());

const query = { text: 'any', vector: Float32Array.of(1, 0) };

/** A collection of ten whose index finds seven of them. */
async function strict(first: object, options: Partial<QdrantSourceOptions> = {}) {
  let mode = { enabled: true, ...first };
  const double = await doubleOfQdrant({ strictMode: () => mode, found: 7 });
  opened = double.server;
  const shared = { client: double.client, collection: 'double' };
  const writer = qdrantWriter({ ...shared, metric: 'inner-product' });
  await writer.prepare({ dimensions: 2 });
  await writer.write(
    Array.from({ length: 10 }, (_, index) => ({
      id: `${index}`,
      text: 'Text.',
      vector: Float32Array.of(index, 1),
      digest: 'd',
    })),
  );
  await writer.finish();
  const source = qdrantSource({ ...shared, ...options });
  const asked = () => double.requests.filter(({ path }) => path.endsWith('/query')).length;
  return { source, asked, set: (next: object) => (mode = { enabled: true, ...next }) };
}

test('without strict mode an answer with too few is checked by an exact search', async () => {
  const { source, asked } = await strict({});
  expect(await source.search({ query, depth: 10 })).toHaveLength(10);
  expect(asked()).toBe(2);
});

test('where no exact search is allowed, the first answer is kept and no second is asked', async () => {
  const { source, asked } = await strict({ search_allow_exact: false });
  const found = await source.search({ query, depth: 10 });
  expect(found.map(({ id }) => id)).toEqual(['9', '8', '7', '6', '5', '4', '3']);
  expect(asked()).toBe(1);
});

test('strict mode that comes later keeps the first answer too', async () => {
  const { source, set } = await strict({});
  await source.search({ query, depth: 1 });
  set({ search_allow_exact: false });
  expect(await source.search({ query, depth: 10 })).toHaveLength(7);
});

test('exact: true against strict mode is told by its cause', async () => {
  const { source } = await strict({ search_allow_exact: false }, { exact: true });
  await expect(source.search({ query, depth: 1 })).rejects.toMatchObject({
    code: 'invalid-options',
    problem: expect.stringContaining('Exact search disabled'),
    nextStep: expect.stringContaining('exact to false'),
  });
});

test('max_timeout bounds what the server is told', async () => {
  const { source } = await strict({ max_timeout: 3 }, { requestTimeoutMs: 60_000 });
  expect(await source.search({ query, depth: 1 })).toHaveLength(1);
});

test('a max_timeout that comes later is told by its cause, and kept from the next search on', async () => {
  const { source, set } = await strict({});
  await source.search({ query, depth: 1 });
  set({ max_timeout: 3 });
  await expect(source.search({ query, depth: 1 })).rejects.toMatchObject({
    code: 'invalid-options',
    nextStep: expect.stringContaining('max_timeout'),
  });
  expect(await source.search({ query, depth: 1 })).toHaveLength(1);
});
