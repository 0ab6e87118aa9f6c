/** What a model reads of one text at most, roughly: few read more than 1,000 tokens, and the rest is cut off. */
const mostOfOneText = 4096;
/** What a text costs beside its characters: special tokens, and handling. */
const ofEachText = 64;

/** What a request costs, in characters that a model has to read; the query is read with each text. */
export function costOfTexts(texts: readonly string[], query = ''): number {
  const own = Math.min(query.length, mostOfOneText) + ofEachText;
  return texts.reduce((sum, text) => sum + Math.min(text.length, mostOfOneText) + own, 0);
}
