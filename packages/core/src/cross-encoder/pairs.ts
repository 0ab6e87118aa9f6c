import { concatenate, type TokenSequence } from '../tokenizer/token-sequence.ts';
import type { PairTemplate } from '../tokenizer/tokenizer.ts';

export interface Pair extends TokenSequence {
  /** Tokens of the passage that did not fit. */
  readonly tokensCut: number;
}

/** Tokens of a pair that the template itself takes. */
export function templateTokens({ before, between, after }: PairTemplate): number {
  return before.ids.length + between.ids.length + after.ids.length;
}

/**
 * Joins a query and a passage as the model was trained to read them, for example `[CLS] query [SEP] passage [SEP]`.
 * Only the passage is cut (Hugging Face's `only_second`), and the last separator stays.
 *
 * @param query, passage token ids without special tokens
 * @param maxTokens longest pair, special tokens included; the query must leave room in it
 */
export function buildPair(
  query: Int32Array,
  passage: Int32Array,
  template: PairTemplate,
  maxTokens: number,
): Pair {
  const room = maxTokens - templateTokens(template) - query.length;
  const kept = passage.subarray(0, Math.max(0, room));
  const sequence = concatenate([
    template.before,
    { ids: query, typeIds: new Int32Array(query.length).fill(template.queryTypeId) },
    template.between,
    { ids: kept, typeIds: new Int32Array(kept.length).fill(template.passageTypeId) },
    template.after,
  ]);
  return { ...sequence, tokensCut: passage.length - kept.length };
}
