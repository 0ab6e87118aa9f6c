import { expect } from '@jest/globals';
import type { StoredTokenVectors, TokenVectorStore } from '@secondpass/core/extend';

/** Of an empty store: wrong input is refused by name, and nothing of the call is stored. */
export async function refusesWrongTokenVectors(store: TokenVectorStore): Promise<void> {
  const good = { dimensions: 2, values: Float32Array.of(1, 0), scale: 1, tokensCut: 0 };
  const put = (entries: unknown) => store.put(entries as StoredTokenVectors[]);
  const withVectors = (change: object) =>
    put([
      { id: '1', digest: 'a', vectors: good },
      { id: '2', digest: 'b', vectors: { ...good, ...change } },
    ]);
  await expect(put(undefined)).rejects.toThrow('entries is undefined');
  await expect(put([{ digest: 'a', vectors: good }])).rejects.toThrow('entries[0].id is');
  await expect(put([{ id: '1', digest: 'a' }])).rejects.toThrow('entries[0].vectors.values is');
  await expect(withVectors({ values: [1, 0] })).rejects.toThrow('entries[1].vectors.values is');
  await expect(withVectors({ dimensions: 3 })).rejects.toThrow('2 numbers, no multiple of 3');
  await expect(withVectors({ values: new Float32Array(0) })).rejects.toThrow('0 numbers');
  await expect(withVectors({ values: Float32Array.of(1, NaN) })).rejects.toThrow(
    'entries[1].vectors.values[1] is NaN',
  );
  await expect(withVectors({ scale: 0 })).rejects.toThrow('scale is 0');
  await expect(withVectors({ tokensCut: -1 })).rejects.toThrow('tokensCut is -1');
  await expect(store.digests([7] as never)).rejects.toMatchObject({ code: 'invalid-options' });
  await expect(store.get('1' as never)).rejects.toMatchObject({ code: 'invalid-options' });
  expect(await store.digests(['1', '2'])).toEqual(new Map());
}
