import type { RequestSize } from './caller-queue.ts';

/** What a model reads of one text at most, roughly: few read more than 1,000 tokens, and the rest is cut off. */
const mostOfOneText = 4096;
/** What a text costs in addition to its characters: special tokens, and handling. */
const ofEachText = 64;

/** How large a request is; the query is read with each text. */
export function sizeOfTexts(texts: readonly string[], query = ''): RequestSize {
  const own = Math.min(query.length, mostOfOneText) + ofEachText;
  return {
    cost: texts.reduce((sum, text) => sum + Math.min(text.length, mostOfOneText) + own, 0),
    characters: texts.reduce((sum, text) => sum + text.length, query.length),
  };
}
