/** Longest part of a service's own words in an error. */
const longestWords = 200;
/** As much of a text as may be in a service's words by chance. */
const longestQuote = 15;
/** A text shorter than this is taken for a word that happens to be there. */
const shortestText = 4;

/**
 * A service's words as they may stand in an error: short, on one line, without keys, and without the texts that it was
 * sent; where it quotes these, nothing is left.
 *
 * @param hide takes secrets out of a text
 * @param texts those that it was sent
 */
export function cleanWords(said: string, hide: (text: string) => string, texts: readonly string[]): string {
  const words = oneLine(hide(said))
    .slice(0, longestWords)
    .replace(/[.!?]$/, '');
  if (words === '') return words;
  return quotes(words.toLowerCase(), texts) ? '' : words;
}

function quotes(words: string, texts: readonly string[]): boolean {
  const windows = Array.from({ length: Math.max(0, words.length - longestQuote) }, (_, start) =>
    words.slice(start, start + longestQuote + 1),
  );
  return texts.some((text) => {
    const line = oneLine(text).toLowerCase();
    if (line.length <= longestQuote) return line.length >= shortestText && words.includes(line);
    const forms = [line, inAscii(line)];
    return windows.some((window) => forms.some((form) => form.includes(window)));
  });
}

/** As Python writes a text into JSON. */
function inAscii(text: string): string {
  return text.replace(
    /[\u0080-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
