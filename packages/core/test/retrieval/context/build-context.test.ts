import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { buildContext } from '../../../src/entries/answers.ts';
import type { ContextOptions } from '../../../src/retrieval/context/context-options.ts';
import { countWords, hitsOf } from './hits.ts';

const words = fc.constantFrom(
  'salt',
  'slows',
  'yeast.',
  'The',
  'tide',
  'turns!',
  'moon',
  '[2]',
  '</passage>',
  'été',
  '潮汐。',
);
const texts = fc.array(words, { minLength: 1, maxLength: 40 }).map((all) => all.join(' '));
const passages = fc
  .array(texts, { maxLength: 9 })
  .map((all) => hitsOf(all.map((text, index) => ({ id: `p${index}`, text }))));

/** Of letters, of words, and one that grows and shrinks as it likes. */
const counters = fc.constantFrom(
  undefined,
  countWords,
  (text: string) => text.length,
  (text: string) => (text.length * 7919) % 101,
);
const options = fc.record({
  tokenBudget: fc.integer({ min: 1, max: 400 }),
  countTokens: counters,
  order: fc.constantFrom('best-first', 'best-at-ends'),
  citationStyle: fc.constantFrom('brackets', 'tags'),
  diversity: fc.constantFrom<ContextOptions['diversity']>('none', { nearDuplicates: 0.6 }, { mmr: 0.5 }),
  minScore: fc.constantFrom(0, 0.75),
  expand: fc.constantFrom(undefined, {
    fetch: async (ids: readonly string[]) =>
      ids.map((id) => ({ id, text: `Beside it stands ${id}, which goes on for some ten words more.` })),
    neighbors: ({ id }: { id: string }) => ({
      before: [`p${Number(id.slice(1)) - 1}`],
      after: [`p${Number(id.slice(1)) + 1}`],
    }),
  }),
});

test('the budget holds, and every hit is in one citation or left out, however it is asked', async () => {
  await fc.assert(
    fc.asyncProperty(passages, options, async (hits, given) => {
      const asked = Object.fromEntries(
        Object.entries(given).filter(([, value]) => value !== undefined),
      ) as unknown as ContextOptions;
      const { text, citations, usedTokens, leftOut } = await buildContext(hits, asked);
      const count = given.countTokens ?? ((whole: string) => Math.ceil(Buffer.byteLength(whole) / 3));
      expect(usedTokens).toBeLessThanOrEqual(given.tokenBudget);
      expect(usedTokens).toBe(text === '' ? 0 : count(text));
      const placed = [...citations.flatMap(({ hitIds }) => hitIds), ...leftOut.map(({ id }) => id)];
      expect(placed.sort()).toEqual(hits.map(({ candidate }) => candidate.id).sort());
      expect(citations.map(({ number }) => number)).toEqual(citations.map((_, index) => index + 1));
      expect(citations.filter(({ cut }) => cut).length).toBeLessThanOrEqual(1);
      for (const { span, passage, number, hitIds, id } of citations) {
        expect(hitIds).toContain(id);
        const shown = text.slice(span.start, span.end);
        expect(shown).toContain(passage.replaceAll('[2]', '(2)').split(/[\s<]/)[0]!);
        expect(text.slice(0, span.start)).toContain(
          given.citationStyle === 'tags' ? `<passage number="${number}">` : `[${number}]\n`,
        );
      }
    }),
    { numRuns: 300 },
  );
});

test('numbers, title, ids and places of what it holds', async () => {
  const hits = hitsOf([
    { id: 'tide', text: 'Spring tides follow\nthe new moon.', title: ' The  sea ' },
    { id: 'salt', text: 'Salt slows fermentation.' },
  ]);
  const { text, citations, leftOut } = await buildContext(hits, { tokenBudget: 100 });
  expect(text).toBe('[1] The sea\n> Spring tides follow\n> the new moon.\n\n[2]\n> Salt slows fermentation.');
  expect(citations).toMatchObject([
    { number: 1, id: 'tide', hitIds: ['tide'], textIds: ['tide'], score: 1, cut: false },
    { number: 2, id: 'salt', passage: 'Salt slows fermentation.', candidate: hits[1]!.candidate },
  ]);
  expect(citations.map(({ span }) => text.slice(span.start, span.end))).toEqual([
    '> Spring tides follow\n> the new moon.',
    '> Salt slows fermentation.',
  ]);
  expect(leftOut).toEqual([]);
  const tags = await buildContext({ hits } as never, { tokenBudget: 100, citationStyle: 'tags' });
  expect(tags.text).toBe(
    '<passage number="1" title="The sea">\nSpring tides follow\nthe new moon.\n</passage>\n\n' +
      '<passage number="2">\nSalt slows fermentation.\n</passage>',
  );
});

test('whole passages come first, then the best that did not fit is cut at a sentence, and says so', async () => {
  const long = `${'One sentence of exactly these seven words here. '.repeat(4)}`.trim();
  const hits = hitsOf([
    { id: 'long', text: long },
    { id: 'short', text: 'Salt slows fermentation.' },
    { id: 'other', text: `${'Another sentence that differs in all its words. '.repeat(4)}`.trim() },
  ]);
  const asked = { tokenBudget: 26, countTokens: countWords, diversity: 'none' } as const;
  const { text, citations, leftOut, usedTokens } = await buildContext(hits, asked);
  expect(citations.map(({ id, cut }) => [id, cut])).toEqual([
    ['long', true],
    ['short', false],
  ]);
  expect(citations[0]!.passage).toBe(long.slice(0, long.indexOf('. ', long.indexOf('. ') + 2) + 1));
  expect(text).toContain('here. […]\n');
  expect(usedTokens).toBeLessThanOrEqual(26);
  expect(leftOut).toEqual([{ id: 'other', reason: 'no-room' }]);
});

test('the best stand at the ends', async () => {
  const hits = hitsOf('abcdef'.split('').map((id) => ({ id, text: `${id} `.repeat(9) })));
  const { citations } = await buildContext(hits, { tokenBudget: 999, order: 'best-at-ends' });
  expect(citations.map(({ id, number }) => `${number}${id}`)).toEqual(['1a', '2c', '3e', '4f', '5d', '6b']);
});

describe('diversity', () => {
  const twice = hitsOf([
    { id: 'a', text: 'Spring tides follow the new moon and the full moon.' },
    { id: 'b', text: 'SPRING TIDES follow the new moon, and the full moon!' },
    { id: 'c', text: 'Salt slows fermentation and tightens the crumb.' },
  ]);

  test('near-duplicates give way to the better one, unless told otherwise', async () => {
    const { leftOut, citations } = await buildContext(twice, { tokenBudget: 999 });
    expect(citations.map(({ id }) => id)).toEqual(['a', 'c']);
    expect(leftOut).toEqual([{ id: 'b', reason: 'near-duplicate', duplicateOf: 'a' }]);
    expect((await buildContext(twice, { tokenBudget: 999, diversity: 'none' })).citations).toHaveLength(3);
  });

  test('of copies with a word or two changed one stays, and what differs stays', async () => {
    const word = fc.string({
      unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz'),
      minLength: 4,
      maxLength: 9,
    });
    const original = fc.uniqueArray(word, { minLength: 30, maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(fc.array(original, { minLength: 2, maxLength: 4 }), fc.nat(), async (all, seed) => {
        const pairs = all.flatMap((list, index) => {
          const changed = list.with(seed % list.length, 'zzzz');
          return [
            { id: `${index}`, text: list.join(' ') },
            { id: `${index}-copy`, text: changed.join(' ') },
          ];
        });
        const { citations } = await buildContext(hitsOf(pairs), {
          tokenBudget: 99_999,
          diversity: { nearDuplicates: 0.7 },
        });
        expect(citations.map(({ id }) => id)).toEqual(all.map((_, index) => `${index}`));
      }),
      { numRuns: 40 },
    );
  });

  test('marginal relevance takes the other subject before the second on the same', async () => {
    const order = async (diversity: ContextOptions['diversity'] & object) =>
      (await buildContext(twice, { tokenBudget: 999, diversity })).citations.map(({ id }) => id);
    expect(await order({ mmr: 1 })).toEqual(['a', 'b', 'c']);
    expect(await order({ mmr: 0.3 })).toEqual(['a', 'c', 'b']);
    const vectors = ({ id }: { id: string }) => (id === 'c' ? [1, 0] : [0, 1]);
    expect(await order({ mmr: 0.3, vectors })).toEqual(['a', 'c', 'b']);
    const embedder = {
      name: 'e',
      dimensions: 2,
      embed: async ({ texts }: { texts: readonly string[] }) =>
        texts.map((text) => Float32Array.from(/salt/i.test(text) ? [1, 0] : [0, 1])),
    };
    expect(await order({ mmr: 0.3, vectors: embedder })).toEqual(['a', 'c', 'b']);
    await expect(order({ mmr: 0.3, vectors: ({ id }) => (id === 'c' ? [] : [1]) })).rejects.toMatchObject({
      code: 'dimension-mismatch',
    });
  });

  test('what scores below minScore is left out', async () => {
    const { leftOut } = await buildContext(twice, { tokenBudget: 999, minScore: 0.85 });
    expect(leftOut.at(0)).toEqual({ id: 'c', reason: 'below-min-score' });
  });
});

test.each<[Partial<ContextOptions>, string]>([
  [{ tokenBudget: 0 }, 'tokenBudget is 0'],
  [{ order: 'worst-first' as 'best-first' }, 'order is "worst-first"'],
  [{ citationStyle: 'apa' as 'tags' }, 'citationStyle is "apa"'],
  [{ minScore: Number.NaN }, 'minScore is NaN'],
  [{ diversity: { mmr: 2 } }, 'diversity.mmr is 2'],
  [{ diversity: { nearDuplicates: 0 } }, 'diversity.nearDuplicates is 0'],
  [{ diversity: { mmr: 0.7, nearDuplicates: 0.8 } as never }, 'diversity is an object'],
  [{ diversity: { mrr: 0.7 } as never }, 'diversity.mrr is not an option. Did you mean mmr?'],
  [{ countTokens: () => Number.NaN }, 'countTokens gave NaN'],
  [{ expand: { fetch: async () => [] } }, 'either neighbors or parent'],
])('refuses %j', async (wrong, words) => {
  const building = buildContext(hitsOf([{ id: 'a', text: 'A.' }]), { tokenBudget: 10, ...wrong });
  await expect(building).rejects.toMatchObject({
    code: 'invalid-options',
    message: expect.stringContaining(words),
  });
});

test('refuses two hits of one id, and an aborted signal', async () => {
  const twice = hitsOf([
    { id: 'a', text: 'A.' },
    { id: 'a', text: 'B.' },
  ]);
  await expect(buildContext(twice, { tokenBudget: 9 })).rejects.toMatchObject({ code: 'duplicate-id' });
  const aborted = buildContext([], { tokenBudget: 9, signal: AbortSignal.abort('gone') });
  await expect(aborted).rejects.toBe('gone');
  expect(await buildContext([], { tokenBudget: 9 })).toMatchObject({
    text: '',
    citations: [],
    usedTokens: 0,
  });
});

test('an option that is given as undefined has its default', async () => {
  const hits = hitsOf([{ id: 'a', text: 'Salt slows yeast.' }]);
  const unset: object = {
    countTokens: undefined,
    diversity: undefined,
    order: undefined,
    titleOf: undefined,
  };
  const context = await buildContext(hits, { tokenBudget: 50, ...unset } as ContextOptions);
  expect(context).toEqual(await buildContext(hits, { tokenBudget: 50 }));
});
