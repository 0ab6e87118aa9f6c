/**
 * Characters tokenized at a time: this limits the memory of the library's encodings, and how long the event loop
 * waits.
 */
const charactersAtATime = 8192;

/** The texts in parts of at most this many characters; a longer text is a part of its own. */
export function* partsOfCharacters(texts: readonly string[]): Generator<string[]> {
  let part: string[] = [];
  let characters = 0;
  for (const text of texts) {
    if (part.length > 0 && characters + text.length > charactersAtATime) {
      yield part;
      part = [];
      characters = 0;
    }
    part.push(text);
    characters += text.length;
  }
  if (part.length > 0) yield part;
}
