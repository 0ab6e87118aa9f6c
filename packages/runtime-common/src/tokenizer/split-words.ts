/**
 * Splits a text at places where the tokens on each side do not depend on the other side; `undefined` for a text that
 * must be read whole.
 */
export type SplitWords = (text: string) => string[] | undefined;

const space = 32;

/** For pipelines that drop whitespace, as BERT's: `['to', 'be,', 'or']` of `to be,  or`. */
export function splitAtWhitespace(text: string): string[] {
  const words: string[] = [];
  let start = 0;
  for (let end = 0; end < text.length; end += 1) {
    const code = text.charCodeAt(end);
    if (code > space || !isAsciiWhitespace(code)) continue;
    if (end > start) words.push(text.slice(start, end));
    start = end + 1;
  }
  if (text.length > start) words.push(text.slice(start));
  return words;
}

/** For pipelines that drop spaces and nothing else, as those of XLM-RoBERTa. */
export function splitAtSpaces(text: string): string[] {
  return text.split(' ').filter((word) => word !== '');
}

/** For pipelines in which each additional space is an additional token. */
export function splitAtSingleSpaces(text: string): string[] | undefined {
  const words = text.split(' ');
  return words.includes('') ? undefined : words;
}

/** For byte-level pipelines, where a space belongs to the word after it: `['to', ' be,', ' or']`. */
export function splitBeforeSpaces(text: string): string[] {
  const words: string[] = [];
  let start = 0;
  for (let end = text.indexOf(' ', 1); end !== -1; end = text.indexOf(' ', end + 1)) {
    if (end + 1 === text.length || mayBeWhitespace(text.charCodeAt(end + 1))) continue;
    words.push(text.slice(start, end));
    start = end;
  }
  if (text.length > start) words.push(text.slice(start));
  return words;
}

function isAsciiWhitespace(code: number): boolean {
  // Vertical tab and form feed are control characters to BERT, which removes them and so joins the parts.
  return code === space || code === 9 || code === 10 || code === 13;
}

/** All of Unicode's white space, and a little more: not splitting is always right. */
function mayBeWhitespace(code: number): boolean {
  if (code <= space) return true;
  if (code < 0x7f) return false;
  return code <= 0xa0 || code === 0x1680 || (code >= 0x2000 && code <= 0x206f) || code === 0x3000;
}
