import { concatenate, type TokenSequence } from '../runtime/token-sequence.ts';
import type { PairTemplate } from '../runtime/tokenizer.ts';
import { joinPair, type PairFrame } from './pair-layout.ts';

export interface Pair extends TokenSequence {
  /** Tokens of the passage that did not fit. */
  readonly tokensCut: number;
}

/** Tokens of a pair that the template itself takes. */
export function templateTokens({ before, between, after }: PairTemplate): number {
  return before.ids.length + between.ids.length + after.ids.length;
}

/** A query in its template, for example `[CLS] query [SEP] … [SEP]`: what each of its passages is put into. */
export function frameQuery(query: Int32Array, template: PairTemplate): PairFrame {
  const typeIds = new Int32Array(query.length).fill(template.queryTypeId);
  return {
    before: concatenate([template.before, { ids: query, typeIds }, template.between]),
    after: template.after,
    passageTypeId: template.passageTypeId,
  };
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
  const room = Math.max(0, maxTokens - templateTokens(template) - query.length);
  const kept = Math.min(room, passage.length);
  return { ...joinPair(frameQuery(query, template), passage, [[0, kept]]), tokensCut: passage.length - kept };
}
