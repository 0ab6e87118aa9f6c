import type { PairTemplate, Tokenizer } from '../runtime/tokenizer.ts';
import type { PairLayout } from './pair-layout.ts';
import { frameQuery, templateTokens } from './pairs.ts';

export interface EncoderLayoutParts {
  readonly tokenizer: Tokenizer;
  readonly template: PairTemplate;
  readonly maxTokens: number;
  /** The largest share of a pair that a query may take, from 0 to 1. */
  readonly maxQueryShare: number;
}

/** Pairs of an encoder: query and passage between its tokenizer's special tokens, tokenized one by one. */
export function encoderLayout(parts: EncoderLayoutParts): PairLayout {
  const { tokenizer, template, maxTokens, maxQueryShare } = parts;
  const mostOfQuery = Math.max(1, Math.floor((maxTokens - templateTokens(template)) * maxQueryShare));
  return {
    async layOut(query, passages, signal, askedBy) {
      const [queryIds, ...passageIds] = await tokenizer.encode([query, ...passages], signal, askedBy);
      const frame = frameQuery(queryIds!.subarray(0, mostOfQuery), template);
      return {
        queryTokensCut: Math.max(0, queryIds!.length - mostOfQuery),
        pairs: passageIds.map((passage, index) => ({
          ...frame,
          passage,
          // Called only for passages that are cut, so that the others are not tokenized twice.
          locate: async () => (await tokenizer.encodeWithOffsets([passages[index]!], signal, askedBy))[0]!,
        })),
      };
    },
  };
}
