import type { Hit } from '../../../src/index.ts';

/** Hits best first, with scores from 1 down by tenths. */
export function hitsOf(
  passages: readonly { readonly id: string; readonly text: string; readonly title?: string }[],
): readonly Hit[] {
  return passages.map(({ id, text, title }, index) => ({
    rank: index + 1,
    score: 1 - index / 10,
    candidate: {
      id,
      text,
      score: -index,
      rank: index + 1,
      ...(title !== undefined && { payload: { title } }),
    },
  }));
}

/** A word is a token. */
export const countWords = (text: string): number => text.match(/\S+/g)?.length ?? 0;
