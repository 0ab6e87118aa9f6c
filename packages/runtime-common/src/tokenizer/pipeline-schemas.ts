import { z } from 'zod';

/** More are a sign of another kind of model, and every new word is searched for each of them. */
const mostAddedTokens = 256;

/** @param normalized whether tokens may be matched after the normalizer, which the check of a word does not cover */
function addedTokens<T extends boolean>(normalized: z.ZodType<T>) {
  const addedToken = z.strictObject({
    id: z.int(),
    // A token with white space could span two words.
    content: z.string().regex(/^\S+$/),
    single_word: z.literal(false),
    lstrip: z.boolean(),
    rstrip: z.literal(false),
    normalized,
    special: z.boolean(),
  });
  return z.array(addedToken).max(mostAddedTokens);
}

/** Large and checked by the library already, which reads the same file. */
const checkedByLibrary = <T>() => z.custom<T>((value) => typeof value === 'object' && value !== null);

export const bertSchema = z.looseObject({
  added_tokens: addedTokens(z.literal(false)),
  normalizer: z.strictObject({
    type: z.literal('BertNormalizer'),
    clean_text: z.boolean(),
    handle_chinese_chars: z.boolean(),
    strip_accents: z.boolean().nullable(),
    lowercase: z.boolean(),
  }),
  pre_tokenizer: z.strictObject({ type: z.literal('BertPreTokenizer') }),
  model: z.strictObject({
    type: z.literal('WordPiece'),
    unk_token: z.string(),
    continuing_subword_prefix: z.string().min(1),
    max_input_chars_per_word: z.int(),
    vocab: checkedByLibrary<Record<string, number>>(),
  }),
});

const precompiled = z.strictObject({
  type: z.literal('Precompiled'),
  precompiled_charsmap: z.string(),
});
const stripRight = z.strictObject({
  type: z.literal('Strip'),
  strip_left: z.literal(false),
  strip_right: z.literal(true),
});
const replaceSpaces = z.strictObject({
  type: z.literal('Replace'),
  pattern: z.strictObject({ Regex: z.literal(' {2,}') }),
  content: z.enum([' ', '▁']),
});
const metaspace = z.union([
  z.strictObject({
    type: z.literal('Metaspace'),
    replacement: z.literal('▁'),
    prepend_scheme: z.literal('always'),
    split: z.literal(true),
  }),
  // Files from 2019 to 2024 write the same thing in these ways.
  z.strictObject({
    type: z.literal('Metaspace'),
    replacement: z.literal('▁'),
    add_prefix_space: z.literal(true),
    prepend_scheme: z.literal('always').optional(),
  }),
]);

export const sentencePieceSchema = z.looseObject({
  added_tokens: addedTokens(z.literal(false)),
  normalizer: z.union([
    precompiled,
    z.strictObject({
      type: z.literal('Sequence'),
      normalizers: z.union([
        z.tuple([precompiled]),
        z.tuple([precompiled, replaceSpaces]),
        z.tuple([precompiled, stripRight, replaceSpaces]),
      ]),
    }),
  ]),
  pre_tokenizer: z.union([
    metaspace,
    z.strictObject({
      type: z.literal('Sequence'),
      pretokenizers: z.tuple([z.strictObject({ type: z.literal('WhitespaceSplit') }), metaspace]),
    }),
  ]),
  model: z.strictObject({
    type: z.literal('Unigram'),
    unk_id: z.int(),
    vocab: checkedByLibrary<readonly (readonly [piece: string, score: number])[]>(),
    byte_fallback: z.literal(false).optional(),
  }),
});

export const byteLevelSchema = z.looseObject({
  // Without a normalizer, normalized text is the text.
  added_tokens: addedTokens(z.boolean()),
  normalizer: z.null(),
  pre_tokenizer: z.strictObject({
    type: z.literal('ByteLevel'),
    add_prefix_space: z.boolean(),
    trim_offsets: z.boolean(),
    use_regex: z.literal(true).optional(),
  }),
  model: z.strictObject({
    type: z.literal('BPE'),
    dropout: z.null(),
    unk_token: z.string().nullable(),
    continuing_subword_prefix: z.string().nullable(),
    end_of_word_suffix: z.string().nullable(),
    fuse_unk: z.boolean(),
    byte_fallback: z.boolean().optional(),
    ignore_merges: z.boolean().optional(),
    vocab: checkedByLibrary<Record<string, number>>(),
    merges: checkedByLibrary<readonly unknown[]>(),
  }),
});
