import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { StoredTokenVectors } from '@secondpass/core/extend';
import { refusesWrongTokenVectors } from '../../core/test/retrieval/refuses-wrong-token-vectors.ts';
import { pgvectorTokenVectors } from '../src/index.ts';

let client: PGlite;
beforeAll(async () => {
  client = await PGlite.create();
});
afterAll(() => client.close());

const entry = (id: string, digest: string, values: Float32Array | Int8Array): StoredTokenVectors => ({
  id,
  digest,
  vectors: { dimensions: 2, values, scale: values instanceof Int8Array ? 0.5 : 1, tokensCut: 3 },
});
const bread = entry("b'read", 'one', Float32Array.of(0.25, -1, 3e-20, 1));
const light = entry('light', 'two', Int8Array.of(-127, 127));

test('what was put comes back, in its precision, and is replaced under its id', async () => {
  const store = pgvectorTokenVectors({ client, table: 'articles_tokens' });
  expect(await store.digests(['light'])).toEqual(new Map());
  await store.put([light, bread]);
  expect(await store.get([bread.id, 'light', 'absent'])).toEqual(
    new Map([
      [bread.id, bread],
      ['light', light],
    ]),
  );
  await store.put([{ ...bread, digest: 'three' }]);
  expect(await store.digests([bread.id, 'light', 'absent'])).toEqual(
    new Map([
      [bread.id, 'three'],
      ['light', 'two'],
    ]),
  );
});

test('more rows than one statement takes are stored all or not at all', async () => {
  const store = pgvectorTokenVectors({ client, table: 'many_tokens' });
  const many = Array.from({ length: 1001 }, (_, index) => ({ ...light, id: `id ${index}` }));
  await expect(store.put([...many, { ...light, id: 'nul \0' }])).rejects.toMatchObject({
    name: 'RetrievalError',
  });
  expect(await store.digests(many.map(({ id }) => id))).toEqual(new Map());
  await store.put(many);
  expect((await store.get(many.map(({ id }) => id))).size).toBe(1001);
});

test('64 passages of 512 tokens are sent in statements of at most 8 MB', async () => {
  const sizes: number[] = [];
  const transaction = jest.spyOn(client, 'transaction');
  const plain = PGlite.prototype.transaction.bind(client);
  transaction.mockImplementation((work) =>
    plain((inside) => {
      const query: typeof inside.query = (text, values, ...rest) => {
        const parts = (values ?? []).filter((value) => value instanceof Uint8Array);
        sizes.push(parts.reduce((sum, { length }) => sum + length, 0));
        return inside.query(text, values, ...rest);
      };
      return work({ ...inside, query } as typeof inside);
    }),
  );
  const store = pgvectorTokenVectors({ client, table: 'large_tokens' });
  const vectors = { dimensions: 128, values: new Float32Array(512 * 128).fill(0.1), scale: 1, tokensCut: 0 };
  const many = Array.from({ length: 64 }, (_, index) => ({ id: `${index}`, digest: 'd', vectors }));
  await store.put(many);
  transaction.mockRestore();
  expect(sizes.filter((size) => size > 0).length).toBeGreaterThan(1);
  expect(Math.max(...sizes)).toBeLessThan(8_100_000);
  expect((await store.get(['63'])).get('63')!.vectors.values).toEqual(vectors.values);
});

test('a store that nobody filled, and one of another kind, say so', async () => {
  const empty = pgvectorTokenVectors({ client, table: 'misspelt' });
  await expect(empty.get(['a'])).rejects.toMatchObject({ code: 'source-not-found' });
  await client.query('CREATE TABLE foreign_table (id text, digest text, vectors bytea)');
  await client.query("INSERT INTO foreign_table VALUES ('a', 'd', '\\x0102')");
  const foreign = pgvectorTokenVectors({ client, table: 'foreign_table' });
  await expect(foreign.get(['a'])).rejects.toMatchObject({ code: 'source-failed' });
  await foreign.close?.();
  await expect(foreign.get(['a'])).rejects.toMatchObject({ code: 'closed' });
  expect(() => pgvectorTokenVectors({ client, table: 'a.b.c' })).toThrow('table');
});

test('an aborted read rejects with the reason', async () => {
  const store = pgvectorTokenVectors({ client, table: 'articles_tokens' });
  const reason = new Error('enough');
  await expect(store.get(['light'], { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});

test('wrong input is refused by name, and nothing of the call is stored', async () => {
  await refusesWrongTokenVectors(pgvectorTokenVectors({ client, table: 'wrong_tokens' }));
});
