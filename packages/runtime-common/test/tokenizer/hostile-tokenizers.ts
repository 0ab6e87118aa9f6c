import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const unknown = {
  id: 0,
  content: '[UNK]',
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: true,
};
const harmless = {
  version: '1.0',
  truncation: null,
  padding: null,
  added_tokens: [unknown],
  normalizer: null,
  pre_tokenizer: { type: 'Whitespace' },
  post_processor: null,
  decoder: null,
  model: { type: 'WordLevel', vocab: { '[UNK]': 0, a: 1, bread: 2 }, unk_token: '[UNK]' },
};
const split = (Regex: string) => ({
  pre_tokenizer: { type: 'Split', pattern: { Regex }, behavior: 'Isolated', invert: false },
});
const charsMap = (...bytes: number[]) => ({
  type: 'Precompiled',
  precompiled_charsmap: Buffer.from(bytes).toString('base64'),
});
const growing = (times: number) => ({
  type: 'Replace',
  pattern: { String: 'a' },
  content: 'a '.repeat(times),
});

/** Backtracks for minutes over {@link slowText}, and never far enough at a time for the library to give up. */
export const slow = split('(a|aa)+!');
export const slowText = `${`${'a'.repeat(28)}? `.repeat(8000)}!`;

/** The library ends the process over this, and not over the word `bread`. */
export const crashingText = `${'a'.repeat(40)}!`;
export const crashing = {
  'a regular expression of the pre-tokenizer': split('(a+)+$'),
  'a regular expression of the normalizer': {
    normalizer: { type: 'Replace', pattern: { Regex: '(a*)*$' }, content: 'x' },
  },
  'a regular expression among others': {
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [{ type: 'Digits', individual_digits: true }, split('(a+)+$').pre_tokenizer],
    },
  },
};
/** Any text ends the process. */
export const unreadable = {
  'a map of characters that points out of itself': {
    normalizer: charsMap(4, 0, 0, 0, 255, 255, 255, 255, 1, 2, 3),
  },
  'pieces of no length': { pre_tokenizer: { type: 'FixedLength', length: 0 } },
};
/** The file itself ends the process that opens it. */
export const unopenable = {
  'a map of characters that is cut short': { normalizer: charsMap(255, 255, 255, 255) },
  'a merge that makes no piece': {
    model: {
      type: 'BPE',
      vocab: { a: 0, b: 1 },
      merges: [['a', 'b']],
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
    },
  },
};
/** What the library refuses by itself. */
export const refused = {
  'a regular expression of the decoder that is nested too deep': {
    decoder: {
      type: 'Replace',
      pattern: { Regex: `${'('.repeat(10_000)}a${')'.repeat(10_000)}` },
      content: '',
    },
  },
  'no JSON': '{',
};
/** A megabyte for each letter, at once: the limit of memory is reached before the limit of time, on any machine. */
export const exploding = { normalizer: growing(500_000) };
/** Nine tokens for one letter; without words, because splitting into millions of them takes seconds. */
export const multiplying = {
  normalizer: { type: 'Replace', pattern: { String: 'a' }, content: 'a'.repeat(9) },
  pre_tokenizer: null,
  model: { type: 'BPE', vocab: { '[UNK]': 0, a: 1 }, merges: [], unk_token: '[UNK]' },
};

const made: string[] = [];

/** A directory with a `tokenizer.json`: a small harmless one but for the change. */
export function tokenizerDirectory(change: object | string = {}): string {
  const directory = mkdtempSync(join(tmpdir(), 'secondpass-hostile-'));
  made.push(directory);
  const text = typeof change === 'string' ? change : JSON.stringify({ ...harmless, ...change });
  writeFileSync(join(directory, 'tokenizer.json'), text);
  return directory;
}

export function removeTokenizerDirectories(): void {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true });
}
