import type { Tokenizer as HuggingFaceTokenizer } from 'tokenizers';
import { encodeWhole } from './encode-whole.ts';
import { longestWord, readsItsNeighbors, WordMemo } from './word-memo.ts';
import type { WordPipeline } from './word-pipeline.ts';

/** Words that the library reads in one call: few calls, and still enough of them for each core. */
const wordsAtATime = 512;

/**
 * Longest text that is read word by word, in UTF-16 code units: a longer one would block the event loop for too long.
 */
const longestText = 32_768;

/** The result of reading a text's words: ids, or that some words are unknown, or that the text must be read whole. */
type Reading = Int32Array | 'unknown-words' | 'whole';

/**
 * Text → token ids, word by word, with a memo of words: natural language repeats itself. Words that it cannot read with
 * certainty go to the library, and so do whole texts if their words depend on each other.
 */
export class WordTokenizer {
  readonly #pipeline: WordPipeline;
  readonly #library: HuggingFaceTokenizer;
  readonly #memo = new WordMemo();
  #scratch = new Int32Array(4096);

  constructor(pipeline: WordPipeline, library: HuggingFaceTokenizer) {
    this.#pipeline = pipeline;
    this.#library = library;
  }

  /** Token ids of each text on its own, without special tokens, in input order. */
  async encode(texts: readonly string[]): Promise<Int32Array[]> {
    const unknown = new Set<string>();
    const splits = texts.map((text) => (text.length > longestText ? undefined : this.#pipeline.split(text)));
    const readings = splits.map((words) => this.#read(words, unknown));
    if (unknown.size > 0) {
      await this.#learn([...unknown]);
      for (const [index, reading] of readings.entries()) {
        // The memo may have been emptied in between; then the second attempt finds unknown words again.
        if (reading === 'unknown-words') readings[index] = this.#read(splits[index], unknown);
      }
    }
    const wholes = texts.filter((_, index) => typeof readings[index] === 'string');
    const encoded = wholes.length > 0 ? await encodeWhole(this.#library, wholes) : [];
    let next = 0;
    return readings.map((reading) => (typeof reading === 'string' ? encoded[next++]! : reading));
  }

  #read(words: readonly string[] | undefined, unknown: Set<string>): Reading {
    if (words === undefined) return 'whole';
    let end = 0;
    let complete = true;
    for (const word of words) {
      const position = this.#memo.find(word) ?? this.#meet(word);
      if (position === readsItsNeighbors) return 'whole';
      if (position === undefined) {
        unknown.add(word);
        complete = false;
      } else if (complete) {
        end = this.#memo.copy(position, this.#scratch, end);
      }
    }
    if (!complete) return 'unknown-words';
    if (end <= this.#scratch.length) return this.#scratch.slice(0, end);
    this.#scratch = new Int32Array(2 * end);
    return this.#read(words, unknown);
  }

  /** A word seen for the first time: its position in the memo, or `undefined` when the library has to read it. */
  #meet(word: string): number | undefined {
    if (word.length > longestWord) return readsItsNeighbors;
    if (!this.#pipeline.standsAlone(word)) return this.#memo.remember(word, undefined);
    const ids = /^[!-~]+$/.test(word) ? this.#pipeline.asciiIds(word) : undefined;
    return ids === undefined ? undefined : this.#memo.remember(word, ids);
  }

  /** Words that stand alone, read by the library many at a time. */
  async #learn(words: readonly string[]): Promise<void> {
    const { content, id } = this.#pipeline.separator;
    const groups: string[][] = [];
    for (let start = 0; start < words.length; start += wordsAtATime) {
      groups.push(words.slice(start, start + wordsAtATime));
    }
    const encodings = await encodeWhole(
      this.#library,
      groups.map((group) => group.join(content)),
    );
    for (const [index, group] of groups.entries()) {
      const parts = splitAt(encodings[index]!, id);
      // A model may write the separator for another word too, such as "＜s＞" in full-width letters.
      const ids = parts.length === group.length ? parts : await encodeWhole(this.#library, group);
      for (const [position, word] of group.entries()) this.#memo.remember(word, ids[position]);
    }
  }
}

function splitAt(ids: Int32Array, separator: number): Int32Array[] {
  const parts: Int32Array[] = [];
  let start = 0;
  for (let end = ids.indexOf(separator); end !== -1; end = ids.indexOf(separator, start)) {
    parts.push(ids.subarray(start, end));
    start = end + 1;
  }
  parts.push(ids.subarray(start));
  return parts;
}
