/** Shorter words of alphabets say little about what a sentence is about; a number says much. */
const shortestWord = 4;
/** Endings that two forms of a word may differ by. */
const longestEnding = 3;

const wordsOf = (text: string): readonly string[] =>
  [...new Intl.Segmenter(undefined, { granularity: 'word' }).segment(text.normalize('NFKC').toLowerCase())]
    .filter(({ isWordLike }) => isWordLike)
    .map(({ segment }) => segment);

/**
 * The share of a sentence's words that occur in the passages, 0 to 1, and 1 for a sentence without words. Counted are
 * words of four letters or more, those with a digit, and those of scripts without spaces. Two words match if they are
 * equal, or if the longer one has at most three more letters: rise, rises. It finds invented statements, but not
 * reversed ones.
 */
export function wordSupport(sentence: string, passages: readonly string[]): number {
  const words = new Set(wordsOf(sentence).filter(saysSomething));
  if (words.size === 0) return 1;
  const known = new Set(passages.flatMap(wordsOf));
  const stems = new Set([...known].flatMap(stemsOf));
  const found = [...words].filter(
    (word) => known.has(word) || stems.has(word) || stemsOf(word).some((stem) => known.has(stem)),
  );
  return found.length / words.size;
}

/**
 * Quotations of three words or more that occur in none of the passages; case, punctuation and white space are
 * ignored.
 */
export function missingQuotes(sentence: string, passages: readonly string[]): readonly string[] {
  const read = (text: string) => ` ${wordsOf(text).join(' ')} `;
  const texts = passages.map(read);
  return [...sentence.matchAll(/["“„«]([^"“”„«»]+)["”“»]/g)]
    .map(([, quote]) => quote!.trim())
    .filter((quote) => wordsOf(quote).length >= 3 && !texts.some((text) => text.includes(read(quote))));
}

function saysSomething(word: string): boolean {
  if (/\p{N}|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u.test(word)) return true;
  return [...word].length >= shortestWord;
}

function stemsOf(word: string): readonly string[] {
  const longest = Math.min(longestEnding, word.length - shortestWord);
  return Array.from({ length: Math.max(0, longest) }, (_, ending) => word.slice(0, -(ending + 1)));
}
