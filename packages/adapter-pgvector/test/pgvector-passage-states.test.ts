import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { StoredPassageStates } from '@secondpass/core/extend';
import { pgvectorPassageStates } from '../src/index.ts';

let client: PGlite;
beforeAll(async () => {
  client = await PGlite.create();
});
afterAll(() => client.close());

test('wrong input is refused by name, and what is stored stays', async () => {
  const store = pgvectorPassageStates({ client, table: 'articles_states' });
  const entry = { digest: 'a', bytes: Uint8Array.of(1, 2) };
  await store.put([entry]);
  const put = (entries: unknown) => store.put(entries as StoredPassageStates[]);
  await expect(put(undefined)).rejects.toThrow('entries is undefined');
  await expect(put([entry, { digest: 'b' }])).rejects.toThrow(
    'entries[1] is not an entry with digest and bytes',
  );
  await expect(put([{ digest: 7, bytes: entry.bytes }])).rejects.toMatchObject({ code: 'invalid-options' });
  for (const call of [store.get, store.has, store.delete])
    await expect(call(['a', 7] as string[])).rejects.toMatchObject({ code: 'invalid-options' });
  for (const limit of [0, -1, 1.5, '10; DROP TABLE articles_states'])
    await expect(store.list({ limit: limit as number })).rejects.toThrow('limit is');
  await expect(store.list(undefined as never)).rejects.toMatchObject({ code: 'invalid-options' });
  expect(await store.list({ limit: 10 })).toEqual(['a']);
});
