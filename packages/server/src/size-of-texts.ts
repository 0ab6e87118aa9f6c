import type { RequestSize } from '@secondpass/core/extend';

/** About how many characters of one text a model reads: few models read more than 1,000 tokens. */
const mostOfOneText = 4096;
/** The fixed cost of each text: special tokens and overhead. */
const ofEachText = 64;

/** The size of a request. The query counts once per text, because the model reads it with each of them. */
export function sizeOfTexts(texts: readonly string[], query = ''): RequestSize {
  const own = Math.min(query.length, mostOfOneText) + ofEachText;
  return {
    cost: texts.reduce((sum, text) => sum + Math.min(text.length, mostOfOneText) + own, 0),
    characters: texts.reduce((sum, text) => sum + text.length, query.length),
  };
}
