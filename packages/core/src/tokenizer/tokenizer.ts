import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Encoding, Tokenizer as HuggingFaceTokenizer } from 'tokenizers';
import { damaged } from '../model-directory/model-directory.ts';
import type { TokenSequence } from './token-sequence.ts';

/** Special tokens around and between the parts of an input, as the tokenizer's post-processor writes them. */
export interface PairTemplate {
  readonly before: TokenSequence;
  readonly between: TokenSequence;
  readonly after: TokenSequence;
  readonly queryTypeId: number;
  readonly passageTypeId: number;
}

/** Characters tokenised at a time: bounds the memory of the library's encodings. */
const charactersAtATime = 262_144;

/**
 * Text → token ids, by Hugging Face's own tokenizers library, so that ids equal those of Python's `transformers`.
 * It runs on the thread pool, not on the event loop.
 */
export class Tokenizer {
  readonly #library: HuggingFaceTokenizer;

  private constructor(library: HuggingFaceTokenizer) {
    this.#library = library;
  }

  /** @throws RetrievalError `model-damaged` when `tokenizer.json` is not one that the library reads */
  static async open(directory: string): Promise<Tokenizer> {
    const json = await readFile(join(directory, 'tokenizer.json'), 'utf8');
    try {
      const library = HuggingFaceTokenizer.fromString(json);
      // Pairs are cut and padded here, not by the settings that somebody's training run left in the file.
      library.disableTruncation();
      library.disablePadding();
      return new Tokenizer(library);
    } catch (error) {
      throw damaged(basename(directory), 'tokenizer.json is not a tokenizer', error);
    }
  }

  /** Token ids of each text on its own, without special tokens, in input order. */
  async encode(texts: readonly string[], signal?: AbortSignal): Promise<Int32Array[]> {
    const ids: Int32Array[] = [];
    for (const part of partsOfCharacters(texts)) {
      signal?.throwIfAborted();
      const encodings = await this.#library.encodeBatch(part, { addSpecialTokens: false });
      for (const encoding of encodings) ids.push(Int32Array.from(encoding.getIds()));
    }
    return ids;
  }

  /** The template of a pair, read off an encoded example: it works for every kind of post-processor. */
  async pairTemplate(): Promise<PairTemplate> {
    const example = await this.#library.encode('a', 'b', { addSpecialTokens: true });
    const parts = example.getSequenceIds();
    const query = parts.indexOf(0);
    const passage = parts.indexOf(1);
    const typeIds = example.getTypeIds();
    return {
      before: slice(example, 0, query),
      between: slice(example, parts.lastIndexOf(0) + 1, passage),
      after: slice(example, parts.lastIndexOf(1) + 1, parts.length),
      queryTypeId: typeIds[query]!,
      passageTypeId: typeIds[passage]!,
    };
  }

  /** Special tokens before and after a text on its own. */
  async singleTemplate(): Promise<{ readonly before: TokenSequence; readonly after: TokenSequence }> {
    const example = await this.#library.encode('a', null, { addSpecialTokens: true });
    const parts = example.getSequenceIds();
    return {
      before: slice(example, 0, parts.indexOf(0)),
      after: slice(example, parts.lastIndexOf(0) + 1, parts.length),
    };
  }
}

function slice(encoding: Encoding, start: number, end: number): TokenSequence {
  return {
    ids: Int32Array.from(encoding.getIds().slice(start, end)),
    typeIds: Int32Array.from(encoding.getTypeIds().slice(start, end)),
  };
}

function* partsOfCharacters(texts: readonly string[]): Generator<string[]> {
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
