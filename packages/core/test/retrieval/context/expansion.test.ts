import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { buildContext } from '../../../src/entries/answers.ts';
import type { Candidate } from '../../../src/index.ts';
import { documentsInMemory } from '../../../src/retrieval/context/documents-in-memory.ts';
import { inMemorySource } from '../../../src/testing/index.ts';
import { countWords, hitsOf } from './hits.ts';

/** A text of words that are all different, in chunks of `size` words that share `overlap` words with the next. */
function chunksOf(length: number, size: number, overlap: number) {
  const words = Array.from({ length }, (_, index) => `word${index}`);
  const text = words.join(' ');
  const starts: number[] = [];
  for (let start = 0; start === 0 || start + overlap < length; start += size - overlap) starts.push(start);
  return {
    text,
    chunks: starts.map((start, index) => ({
      id: `${index}`,
      text: words.slice(start, start + size).join(' '),
    })),
  };
}

const around = ({ id }: Candidate) => ({ before: [`${Number(id) - 1}`], after: [`${Number(id) + 1}`] });
const fetchFrom = (documents: readonly { id: string; text: string }[]) => async (ids: readonly string[]) =>
  documents.filter(({ id }) => ids.includes(id));

describe('neighbors', () => {
  test('become one text with the hit, and what two share is there once', async () => {
    const sizes = fc.record({
      length: fc.integer({ min: 30, max: 90 }),
      overlap: fc.integer({ min: 3, max: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(), async ({ length, overlap }, seed) => {
        const { text, chunks } = chunksOf(length, 10, overlap);
        const chosen = chunks.filter(
          (_, index) => ((seed >> index) & 1) === 1 || index === seed % chunks.length,
        );
        const expand = { fetch: fetchFrom(chunks), neighbors: around };
        const { citations } = await buildContext(hitsOf(chosen), {
          tokenBudget: 9_999,
          diversity: 'none',
          expand,
        });
        for (const { passage, textIds, hitIds } of citations) {
          expect(text).toContain(passage);
          const [first, last] = [Number(textIds[0]), Number(textIds.at(-1))];
          expect(passage.startsWith(chunks[first]!.text)).toBe(true);
          expect(passage.endsWith(chunks[last]!.text)).toBe(true);
          expect(textIds).toEqual(expect.arrayContaining([...hitIds]));
        }
        // Windows that touch are one, so no chunk is read twice.
        const read = citations.flatMap(({ textIds }) => textIds);
        expect(new Set(read).size).toBe(read.length);
      }),
    );
  });

  test('hits in neighboring chunks are one citation, under the better one', async () => {
    const { chunks } = chunksOf(60, 10, 0);
    const hits = hitsOf([chunks[4]!, chunks[0]!, chunks[3]!]);
    const expand = { fetch: fetchFrom(chunks), neighbors: around };
    const { citations } = await buildContext(hits, { tokenBudget: 999, diversity: 'none', expand });
    expect(citations).toMatchObject([
      { id: '4', hitIds: ['4', '3'], textIds: ['2', '3', '4', '5'] },
      { id: '0', hitIds: ['0'], textIds: ['0', '1'] },
    ]);
    expect(citations[1]!.passage).toBe(`${chunks[0]!.text}\n${chunks[1]!.text}`);
  });

  test('are left away where there is no room for them', async () => {
    const { chunks } = chunksOf(60, 10, 0);
    const expand = { fetch: fetchFrom(chunks), neighbors: around };
    const asked = { tokenBudget: 27, countTokens: countWords, diversity: 'none', expand } as const;
    const { citations, leftOut } = await buildContext(hitsOf([chunks[4]!, chunks[3]!]), asked);
    expect(citations.map(({ textIds }) => textIds)).toEqual([['4'], ['3']]);
    expect(leftOut).toEqual([]);
  });

  test('beyond a gap are not neighbors', async () => {
    const { chunks } = chunksOf(60, 10, 0);
    const expand = {
      fetch: fetchFrom(chunks.filter(({ id }) => id !== '2')),
      neighbors: () => ({ before: ['1', '2'], after: ['4', '5'] }),
    };
    const { citations } = await buildContext(hitsOf([chunks[3]!]), { tokenBudget: 999, expand });
    expect(citations[0]!.textIds).toEqual(['3', '4', '5']);
  });
});

test('hits of one parent are one citation of its text, and one without a parent stays itself', async () => {
  const hits = hitsOf([
    { id: 'a1', text: 'Salt slows it.' },
    { id: 'lone', text: 'The moon turns.' },
    { id: 'a2', text: 'Yeast makes gas.' },
  ]);
  const asked: string[][] = [];
  const expand = {
    fetch: async (ids: readonly string[]) => {
      asked.push([...ids]);
      return [{ id: 'a', text: 'Yeast makes gas. Salt slows it. Steam makes a crust.' }];
    },
    parent: ({ id }: Candidate) => (id.startsWith('a') ? 'a' : undefined),
  };
  const { citations } = await buildContext(hits, { tokenBudget: 999, expand });
  expect(asked).toEqual([['a']]);
  expect(citations).toMatchObject([
    { id: 'a1', hitIds: ['a1', 'a2'], textIds: ['a'], passage: expect.stringContaining('Steam') },
    { id: 'lone', textIds: ['lone'] },
  ]);
});

describe('a fetch', () => {
  const hits = hitsOf([{ id: '1', text: 'Salt.' }]);
  const build = (fetch: () => Promise<never>, more: object = {}) =>
    buildContext(hits, { tokenBudget: 9, expand: { fetch, neighbors: around, timeoutMs: 20 }, ...more });

  test('that hangs, fails or is aborted ends in a typed error or the reason', async () => {
    await expect(build(() => new Promise(() => {}))).rejects.toMatchObject({ code: 'deadline-exceeded' });
    await expect(build(() => Promise.reject(new Error('down')))).rejects.toMatchObject({
      code: 'source-failed',
      message: expect.stringContaining('down'),
    });
    const controller = new AbortController();
    const building = build(() => new Promise(() => controller.abort('gone')), { signal: controller.signal });
    await expect(building).rejects.toBe('gone');
  });

  test('from memory knows what a reader gave', async () => {
    const { reader, writer } = inMemorySource();
    await writer.prepare({ dimensions: 1 });
    await writer.write(
      ['0', '1', '2'].map((id) => ({ id, text: `Text ${id}`, vector: Float32Array.of(1), digest: id })),
    );
    await writer.finish();
    const fetch = await documentsInMemory(reader);
    const { citations } = await buildContext(hits, {
      tokenBudget: 99,
      expand: { fetch, neighbors: around },
    });
    expect(citations[0]!.passage).toBe('Text 0\nSalt.\nText 2');
    await expect(documentsInMemory(reader, { maxDocuments: 2 })).rejects.toMatchObject({
      code: 'invalid-options',
    });
  });
});
