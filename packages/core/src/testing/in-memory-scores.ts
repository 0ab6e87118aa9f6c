/** Cosine similarity of two vectors of one length. */
export function cosine(a: Float32Array, b: Float32Array): number {
  let [dot, lengthA, lengthB] = [0, 0, 0];
  for (const [index, value] of a.entries()) {
    const other = b[index]!;
    dot += value * other;
    lengthA += value * value;
    lengthB += other * other;
  }
  return dot / Math.sqrt(lengthA * lengthB);
}

/** BM25 (k1 = 1.2, b = 0.75) over words in lower case, without stemming; 0 if no word of the query occurs. */
export function sharedWords(query: string, texts: readonly string[]): number[] {
  const passages = texts.map(wordsOf);
  const averageLength = passages.reduce((sum, words) => sum + words.length, 0) / passages.length;
  const asked = [...new Set(wordsOf(query))].map((word) => {
    const having = passages.filter((words) => words.includes(word)).length;
    return { word, rarity: Math.log(1 + (passages.length - having + 0.5) / (having + 0.5)) };
  });
  return passages.map((words) => {
    const norm = 1.2 * (0.25 + (0.75 * words.length) / averageLength);
    return asked.reduce((sum, { word, rarity }) => {
      const times = words.filter((other) => other === word).length;
      return sum + (rarity * times * 2.2) / (times + norm);
    }, 0);
  });
}

function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}
