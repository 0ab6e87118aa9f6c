import { z } from 'zod';
import { bertSchema } from './pipeline-schemas.ts';

/** Largest `tokenizer.json` that is parsed here, in bytes: 300,000 pieces fit, and the parsed object stays small. */
export const largestInProcess = 2 ** 23;

const largestId = 0x7fff_ffff;
const id = z.int().min(0).max(largestId);
/** A token's text; the longest ones in a vocabulary have about 30 characters. */
const token = z.string().min(1).max(256);

const item = z.union([
  z.strictObject({ Sequence: z.strictObject({ id: z.enum(['A', 'B']), type_id: id }) }),
  z.strictObject({ SpecialToken: z.strictObject({ id: token, type_id: id }) }),
]);
const template = z.strictObject({
  type: z.literal('TemplateProcessing'),
  single: z.array(item).max(16),
  pair: z.array(item).max(16),
  special_tokens: z.record(
    token,
    z.strictObject({ id: token, ids: z.array(id).max(16), tokens: z.array(token).max(16) }),
  ),
});
const bertProcessing = z.strictObject({
  type: z.literal('BertProcessing'),
  sep: z.tuple([token, id]),
  cls: z.tuple([token, id]),
});

const { added_tokens, normalizer, pre_tokenizer, model } = bertSchema.shape;
const inProcessSchema = z.object({
  added_tokens: z.array(added_tokens.element.extend({ id, content: token })).max(256),
  normalizer,
  pre_tokenizer,
  post_processor: z.union([
    z.null(),
    bertProcessing,
    template.refine(({ single, pair, special_tokens }) => {
      const named = [...single, ...pair].flatMap((part) =>
        'SpecialToken' in part ? [part.SpecialToken.id] : [],
      );
      const isWhole = Object.values(special_tokens).every(({ ids, tokens }) => ids.length === tokens.length);
      return (
        sequencesOf(single) === 'A' &&
        sequencesOf(pair) === 'AB' &&
        isWhole &&
        named.every((name) => Object.hasOwn(special_tokens, name))
      );
    }),
  ]),
  model: model
    .extend({
      continuing_subword_prefix: z.string().min(1).max(16),
      // The library tries every part of a longer word, which takes cubic time.
      max_input_chars_per_word: z.int().min(0).max(200),
    })
    .refine(({ vocab, unk_token }) => Object.hasOwn(vocab, unk_token) && Object.values(vocab).every(isId)),
});

/** A `tokenizer.json` that holds nothing but what was checked. */
export interface InProcessJson {
  readonly text: string;
  /** The same, parsed. */
  readonly json: object;
}

/**
 * The files that the library may read inside this process: BERT's pipeline, if every part and every option is known.
 * It has no regular expression and nothing that makes a text much longer. Everything that could crash the library is
 * checked here, and only checked parts are passed on.
 *
 * @param text `tokenizer.json`
 * @returns the same tokenizer, written again; `undefined` for any other, which a separate process has to read
 */
export function inProcessJson(text: string): InProcessJson | undefined {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { success, data } = inProcessSchema.safeParse(given);
  if (!success) return undefined;
  const json = { version: '1.0', truncation: null, padding: null, decoder: null, ...data };
  return { text: JSON.stringify(json), json };
}

function isId(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= largestId;
}

function sequencesOf(items: readonly z.infer<typeof item>[]): string {
  return items.map((part) => ('Sequence' in part ? part.Sequence.id : '')).join('');
}
