import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from '@jest/globals';
import { PrecomputedPassages } from '../src/precomputed-passages.ts';

const scratch = mkdtempSync(join(tmpdir(), 'passages-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const leastBytes = 16 * 2 ** 20;
const newDirectory = () => mkdtempSync(join(scratch, 'store-'));
const entry = (digest: string, bytes = 100, value = 7) => ({
  digest,
  bytes: new Uint8Array(bytes).fill(value),
});

function sizeOf(directory: string): number {
  return readdirSync(directory).reduce((sum, file) => sum + statSync(join(directory, file)).size, 0);
}

test('gives back what was put, byte by byte, also after it was closed and opened again', async () => {
  const directory = newDirectory();
  const bytes = Uint8Array.from({ length: 30_000 }, (_, index) => (index * 31) % 256);
  const store = await PrecomputedPassages.open({ directory });
  await store.put([{ digest: 'a', bytes }, entry('b')]);
  await store.put([entry('b', 50, 9)]);
  await store.close();
  const again = await PrecomputedPassages.open({ directory });
  expect(await again.get(['a', 'b', 'c'])).toEqual(
    new Map([
      ['a', bytes],
      ['b', new Uint8Array(50).fill(9)],
    ]),
  );
  expect(await again.has(['c', 'b'])).toEqual(new Set(['b']));
  expect(await again.stats()).toMatchObject({ passages: 2, hits: 2, misses: 1, damaged: 0, evicted: 0 });
  await again.close();
});

test('stays within its bytes, and lets those go that were read longest ago', async () => {
  const directory = newDirectory();
  const store = await PrecomputedPassages.open({ directory, maxBytes: leastBytes });
  await store.put([entry('wanted', 100_000)]);
  for (let round = 0; round < 20; round += 1) {
    await store.put(
      Array.from({ length: 10 }, (_, index) => entry(`${String(round).padStart(3, '0')}-${index}`, 100_000)),
    );
    expect((await store.get(['wanted'])).size).toBe(1);
    expect(sizeOf(directory)).toBeLessThanOrEqual(leastBytes);
  }
  const { passages, bytes, evicted } = await store.stats();
  expect(passages + evicted).toBe(201);
  expect(passages).toBeGreaterThan(40);
  expect(bytes).toBeLessThan(leastBytes);
  expect(await store.has(['000-0', '019-9'])).toEqual(new Set(['019-9']));
  await store.close();
});

test('shrinks when it is opened with fewer bytes', async () => {
  const directory = newDirectory();
  const large = await PrecomputedPassages.open({ directory, maxBytes: 4 * leastBytes });
  await large.put(Array.from({ length: 300 }, (_, index) => entry(`${index}`, 100_000)));
  await large.close();
  expect(sizeOf(directory)).toBeGreaterThan(leastBytes);
  const small = await PrecomputedPassages.open({ directory, maxBytes: leastBytes });
  await small.close();
  expect(sizeOf(directory)).toBeLessThanOrEqual(leastBytes);
});

test('leaves out an entry that is larger than the whole store', async () => {
  const store = await PrecomputedPassages.open({ directory: newDirectory(), maxBytes: leastBytes });
  await store.put([entry('small'), entry('huge', leastBytes)]);
  expect(await store.has(['small', 'huge'])).toEqual(new Set(['small']));
  await store.close();
});

test('forgets an entry that the disk has altered, and keeps the others', async () => {
  const directory = newDirectory();
  const store = await PrecomputedPassages.open({ directory });
  await store.put([entry('whole', 30_000, 65), entry('altered', 30_000, 66)]);
  await store.close();
  const file = join(directory, 'passages-1.sqlite');
  const bytes = readFileSync(file);
  bytes[bytes.indexOf('B'.repeat(1000)) + 500] = 0;
  writeFileSync(file, bytes);
  const again = await PrecomputedPassages.open({ directory });
  expect([...(await again.get(['whole', 'altered'])).keys()]).toEqual(['whole']);
  expect(await again.stats()).toMatchObject({ passages: 1, damaged: 1 });
  await again.put([entry('altered')]);
  expect((await again.get(['altered'])).size).toBe(1);
  await again.close();
});

test('begins anew where its file is no database any more', async () => {
  const directory = newDirectory();
  writeFileSync(join(directory, 'passages-1.sqlite'), 'something else'.repeat(1000));
  const store = await PrecomputedPassages.open({ directory });
  await store.put([entry('a')]);
  expect((await store.get(['a'])).size).toBe(1);
  await store.close();
});

test('is shared by processes, and has only whole entries after one was killed', async () => {
  const directory = newDirectory();
  const script = fileURLToPath(new URL('./write-passages.ts', import.meta.url));
  const writers = ['x', 'y'].map((prefix) => spawn(process.execPath, [script, directory, prefix]));
  const store = await PrecomputedPassages.open({ directory });
  for (let round = 0; round < 30; round += 1) await store.put([entry(`z${round}`, 200_000, round)]);
  await Promise.all(writers.map(({ stdout }) => once(stdout, 'data')));
  for (const writer of writers) writer.kill('SIGKILL');
  await Promise.all(writers.map((writer) => once(writer, 'close')));
  const digests = ['x', 'y', 'z'].flatMap((prefix) =>
    Array.from({ length: 30 }, (_, round) => prefix + round),
  );
  const found = await store.get(digests);
  for (const [digest, bytes] of found) {
    const value = Number(digest.slice(1));
    expect(bytes).toHaveLength(200_000);
    expect(bytes.every((byte) => byte === value)).toBe(true);
  }
  expect([...found.keys()].filter((digest) => digest.startsWith('z'))).toHaveLength(30);
  expect(found.has('x0') && found.has('y0')).toBe(true);
  expect((await store.stats()).damaged).toBe(0);
  await store.close();
}, 300_000);

test('rejects with the reason of an aborted signal, and goes on afterwards', async () => {
  const store = await PrecomputedPassages.open({ directory: newDirectory() });
  const reason = new Error('no longer needed');
  await expect(store.get(['a'], { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  const controller = new AbortController();
  const asked = store.put([entry('a')], { signal: controller.signal });
  controller.abort(reason);
  await expect(asked).rejects.toBe(reason);
  await store.put([entry('b')]);
  expect(await store.has(['b'])).toEqual(new Set(['b']));
  await store.close();
});

test('lists digests page by page in order, and deletes some of them', async () => {
  const store = await PrecomputedPassages.open({ directory: newDirectory() });
  const digests = Array.from({ length: 600 }, (_, index) => `${index}`.padStart(3, '0'));
  await store.put(digests.toReversed().map((digest) => entry(digest)));
  const listed = [];
  for (let after: string | undefined; listed.length < 600; after = listed.at(-1)) {
    listed.push(...(await store.list({ after, limit: 250 })));
  }
  expect(listed).toEqual(digests);
  await store.delete([...digests.slice(10), 'not there']);
  expect(await store.list({ limit: 1000 })).toEqual(digests.slice(0, 10));
  expect((await store.stats()).passages).toBe(10);
  await store.close();
});

test('can be closed twice, and says so when it is used afterwards', async () => {
  const store = await PrecomputedPassages.open({ directory: newDirectory() });
  await store.close();
  await store.close();
  await expect(store.get(['a'])).rejects.toMatchObject({ code: 'closed' });
});

test('refuses bytes that are too few and folders that cannot be made', async () => {
  const file = join(scratch, 'file');
  writeFileSync(file, '');
  await expect(PrecomputedPassages.open({ directory: '' })).rejects.toMatchObject({
    code: 'invalid-options',
  });
  const tooFew = PrecomputedPassages.open({ directory: newDirectory(), maxBytes: 1000 });
  await expect(tooFew).rejects.toThrow('maxBytes is 1000');
  const inFile = PrecomputedPassages.open({ directory: join(file, 'store') });
  await expect(inFile).rejects.toMatchObject({ code: 'source-failed' });
});

test('wrong input is refused by name, and what is stored stays', async () => {
  const store = await PrecomputedPassages.open({ directory: newDirectory() });
  await store.put([entry('a')]);
  await expect(store.put([entry('b'), { digest: 'c' } as never])).rejects.toThrow(
    'entries[1] is not an entry',
  );
  await expect(store.put(undefined as never)).rejects.toThrow('entries is undefined');
  for (const limit of [0, 1.5, '10' as unknown as number])
    await expect(store.list({ limit })).rejects.toThrow('limit is');
  await expect(store.list(undefined as never)).rejects.toMatchObject({ code: 'invalid-options' });
  expect(await store.list({ limit: 10 })).toEqual(['a']);
  await store.close();
});
