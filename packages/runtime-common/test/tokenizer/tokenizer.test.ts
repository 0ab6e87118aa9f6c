import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { Tokenizer as NativeTokenizer } from 'tokenizers';
import { goldenTokenIds } from '../../../core/test/models/golden-token-ids.ts';
import { HuggingFaceTokenizer } from '../../src/tokenizer/hugging-face-tokenizer.ts';
import { wordPipeline } from '../../src/tokenizer/word-pipeline.ts';
import { variedTexts } from './varied-texts.ts';

/** Written by integration/goldens/make_tokenizer_goldens.py with Python's tokenizers. */
interface Goldens {
  readonly texts: readonly string[];
  /** Packed; `goldenTokenIds` reads them. */
  readonly ids: Readonly<Record<string, string>>;
}

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const goldens: Goldens = JSON.parse(readFileSync(path('goldens.json'), 'utf8'));
const copies: string[] = [];
afterAll(() => {
  for (const copy of copies) rmSync(copy, { recursive: true });
});

const tinyBert = path('../../../core/test/models/goldens/tiny-bert');
const tinyUnigram = path('tiny-unigram');
const precompiled = readJson(tinyUnigram).normalizer;
const metaspace = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true };
const replace = { type: 'Replace', pattern: { Regex: ' {2,}' }, content: '▁' };
const stripRight = { type: 'Strip', strip_left: false, strip_right: true };

const models: readonly (readonly [name: string, directory: string])[] = [
  ['WordPiece', path('../../../models/models/small')],
  ['byte-level BPE', path('../../../core/test/models/goldens/tiny-roberta')],
  ['Unigram as in XLM-R', tinyUnigram],
];
const variants: readonly (readonly [name: string, directory: string])[] = [
  ['WordPiece of 487 pieces', tinyBert],
  ['WordPiece with case and accents', altered(tinyBert, { normalizer: bertNormalizer(false, false) })],
  [
    'Unigram as transformers converts it',
    altered(tinyUnigram, {
      normalizer: { type: 'Sequence', normalizers: [precompiled, stripRight, replace] },
      pre_tokenizer: metaspace,
    }),
  ],
  ['Unigram that keeps every space', altered(tinyUnigram, { pre_tokenizer: metaspace })],
];

describe('the same ids as the library', () => {
  const texts = variedTexts(20_000, 20_261_123);

  test.each([
    ...models.map(([name, directory]) => [texts.length, name, directory] as const),
    ...variants.map(([name, directory]) => [3000, name, directory] as const),
  ])('of %i varied texts: %s', async (count, _, directory) => {
    const tokenizer = openHere(directory);
    const library = openLibrary(directory);
    const some = texts.slice(0, count);
    const expected = await library.encodeBatch(some, { addSpecialTokens: false });
    const ids = await tokenizer.encode(some);
    const different = some.filter((_, index) => !areEqual(ids[index]!, expected[index]!.getIds()));
    expect(different).toEqual([]);
  });

  test.each([...models, ...variants])('again, from a memo, in other company: %s', async (_, directory) => {
    const tokenizer = openHere(directory);
    const some = texts.slice(0, 300);
    const before = await tokenizer.encode(some);
    const after = await tokenizer.encode(some.toReversed());
    expect(after.toReversed()).toEqual(before);
  });

  test.each([...models, ...variants])('%s is read word by word', (_, directory) => {
    expect(wordPipeline(readJson(directory), openLibrary(directory))).toBeDefined();
  });
});

describe('the same ids as Python', () => {
  test.each([
    ['tiny-bert', tinyBert],
    ['tiny-roberta', path('../../../core/test/models/goldens/tiny-roberta')],
    ['tiny-unigram', tinyUnigram],
  ])('%s', async (name, directory) => {
    const tokenizer = openHere(directory);
    const ids = await tokenizer.encode(goldens.texts);
    expect(ids.map((tokens) => [...tokens])).toEqual(goldenTokenIds(goldens.ids[name]!));
    expect(goldens.texts.length).toBeGreaterThan(300);
  });
});

describe('a pipeline with a part that is not known', () => {
  const added = { id: 1, content: 'a b', single_word: false, lstrip: false, rstrip: false };
  test.each([
    ['another normalizer', { normalizer: { type: 'NFC' } }],
    ['another pre-tokenizer', { pre_tokenizer: { type: 'Whitespace' } }],
    ['an option of the future', { normalizer: { ...bertNormalizer(true, true), keep_emoji: true } }],
    ['a token with a space', { added_tokens: [{ ...added, normalized: false, special: true }] }],
    [
      'a token for normalized text',
      { added_tokens: [{ ...added, content: 'ab', normalized: true, special: true }] },
    ],
    ['no token to part words with', { added_tokens: [] }],
  ])('%s is left to the library', (_, change) => {
    const json = { ...readJson(tinyBert), ...change };
    expect(wordPipeline(json, openLibrary(tinyBert))).toBeUndefined();
  });

  test('and read by it', async () => {
    const directory = altered(tinyBert, { pre_tokenizer: { type: 'Whitespace' } });
    const tokenizer = openHere(directory);
    const [encoding] = await openLibrary(directory).encodeBatch(['a bridge, seen'], {
      addSpecialTokens: false,
    });
    expect([...(await tokenizer.encode(['a bridge, seen']))[0]!]).toEqual(encoding!.getIds());
  });
});

describe('a cache of texts', () => {
  test.each([40_000, 600, 1])('of %i bytes changes no id', async (cacheBytes) => {
    const texts = variedTexts(200, 3);
    const expected = await openHere(tinyBert).encode(texts);
    const cached = openHere(tinyBert, { cacheBytes });
    expect(await cached.encode(texts.slice(50))).toEqual(expected.slice(50));
    expect(await cached.encode(texts)).toEqual(expected);
    expect(await cached.encode(texts)).toEqual(expected);
  });

  test('gives the ids that it has, without making them again', async () => {
    const cached = openHere(tinyBert, { cacheBytes: 10_000 });
    const [first] = await cached.encode(['a bridge']);
    const [again, other] = await cached.encode(['a bridge', 'a river']);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });
});

describe('offsets', () => {
  test('point into the text as JavaScript counts it', async () => {
    const tokenizer = openHere(tinyBert);
    const texts = ['🚀 a bridge 👍🏽 Über, été', 'lighthouse', ''];
    const results = await tokenizer.encodeWithOffsets(texts);
    expect(results.map(({ ids }) => ids)).toEqual(await tokenizer.encode(texts));
    const [first] = results;
    const words = [...first!.starts].map((start, index) => texts[0]!.slice(start, first!.ends[index]));
    expect(words[0]).toBe('🚀');
    expect(words.join('').replaceAll(' ', '')).toBe(texts[0]!.replaceAll(' ', ''));
  });
});

/** Without a string or a matcher for each of many texts. */
function areEqual(ids: Int32Array, expected: readonly number[]): boolean {
  return ids.length === expected.length && expected.every((id, index) => id === ids[index]);
}

function bertNormalizer(lowercase: boolean, strip: boolean) {
  return {
    type: 'BertNormalizer',
    clean_text: true,
    handle_chinese_chars: true,
    strip_accents: strip,
    lowercase,
  };
}

function readJson(directory: string) {
  return JSON.parse(readFileSync(join(directory, 'tokenizer.json'), 'utf8'));
}

function altered(directory: string, change: object): string {
  const copy = mkdtempSync(join(tmpdir(), 'secondpass-tokenizer-'));
  copies.push(copy);
  writeFileSync(join(copy, 'tokenizer.json'), JSON.stringify({ ...readJson(directory), ...change }));
  return copy;
}

function openHere(directory: string, options?: { readonly cacheBytes: number }): HuggingFaceTokenizer {
  return HuggingFaceTokenizer.fromJson(readFileSync(join(directory, 'tokenizer.json'), 'utf8'), options);
}

function openLibrary(directory: string): NativeTokenizer {
  const library = NativeTokenizer.fromFile(join(directory, 'tokenizer.json'));
  library.disableTruncation();
  library.disablePadding();
  return library;
}
