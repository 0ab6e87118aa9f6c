import type {
  AskedBy,
  PairTemplate,
  SingleTemplate,
  Tokenizer,
  TokenOffsets,
  TokenSequence,
} from '@secondpass/core/runtime';
import { type Encoding, Tokenizer as NativeTokenizer } from 'tokenizers';
import { encodeWhole } from './encode-whole.ts';
import { partsOfCharacters } from './parts-of-characters.ts';
import { TokenCache } from './token-cache.ts';
import { toCodeUnits } from './token-offsets.ts';
import { Turns } from './turns.ts';
import { wordPipeline } from './word-pipeline.ts';
import { WordTokenizer } from './word-tokenizer.ts';

/**
 * How many parts are tokenized at the same time, of all requests. Work in the thread pool cannot be canceled, so
 * parts that may be aborted wait here; and other users of the pool, such as files, still find a thread.
 */
const partsAtOnce = 2;

interface FromJsonOptions {
  readonly cacheBytes?: number;
  readonly json?: unknown;
}

/**
 * Text → token ids, equal to those of Hugging Face's own tokenizers library and so of Python's `transformers`. The
 * library runs on the thread pool; words that were read before come from a memo.
 */
export class HuggingFaceTokenizer implements Tokenizer {
  readonly #library: NativeTokenizer;
  readonly #words: WordTokenizer | undefined;
  readonly #cache: TokenCache | undefined;
  readonly #turns = new Turns(partsAtOnce);

  private constructor(
    library: NativeTokenizer,
    words: WordTokenizer | undefined,
    cache: TokenCache | undefined,
  ) {
    this.#library = library;
    this.#words = words;
    this.#cache = cache;
  }

  /**
   * @param text the content of `tokenizer.json`
   * @param cacheBytes memory for the ids of whole texts, in bytes; by default none are kept
   * @param json the text's value, where the caller has parsed it already
   * @throws the library's error for a file that it cannot read
   */
  static fromJson(text: string, options: FromJsonOptions = {}): HuggingFaceTokenizer {
    const { cacheBytes = 0, json = JSON.parse(text) } = options;
    const library = NativeTokenizer.fromString(text);
    // Pairs are cut and padded by our code, not by settings that a training run left in the file.
    library.disableTruncation();
    library.disablePadding();
    const pipeline = wordPipeline(json, library);
    const words = pipeline && new WordTokenizer(pipeline, library);
    return new HuggingFaceTokenizer(library, words, cacheBytes > 0 ? new TokenCache(cacheBytes) : undefined);
  }

  /** Token ids of each text on its own, without special tokens, in input order. */
  async encode(texts: readonly string[], signal?: AbortSignal, askedBy?: AskedBy): Promise<Int32Array[]> {
    const encode = (missing: readonly string[]) => this.#encode(missing, signal, askedBy);
    return this.#cache ? this.#cache.encode(texts, encode) : encode(texts);
  }

  async #encode(texts: readonly string[], signal?: AbortSignal, askedBy?: AskedBy): Promise<Int32Array[]> {
    const ids: Int32Array[] = [];
    const parts = [...partsOfCharacters(texts)];
    const work = { ...askedBy, short: parts.length === 1 };
    for (const part of parts) {
      const encode = () => this.#words?.encode(part) ?? encodeWhole(this.#library, part);
      ids.push(...(await this.#turns.run(encode, signal, work)));
    }
    return ids;
  }

  /** Token ids of each text on its own, without special tokens, and where in the text each token was read. */
  async encodeWithOffsets(
    texts: readonly string[],
    signal?: AbortSignal,
    askedBy?: AskedBy,
  ): Promise<TokenOffsets[]> {
    const results: TokenOffsets[] = [];
    const parts = [...partsOfCharacters(texts)];
    const work = { ...askedBy, short: parts.length === 1 };
    for (const part of parts) {
      const encode = () => this.#library.encodeBatch(part, { addSpecialTokens: false });
      const encodings = await this.#turns.run(encode, signal, work);
      for (const [index, encoding] of encodings.entries()) {
        const ids = Int32Array.from(encoding.getIds());
        results.push({ ids, ...toCodeUnits(part[index]!, encoding.getOffsets()) });
      }
    }
    return results;
  }

  /** The id of one token of the vocabulary, or `undefined` if it has no such token. */
  async tokenId(token: string): Promise<number | undefined> {
    return this.#library.tokenToId(token) ?? undefined;
  }

  /** The template of a pair, taken from an encoded example: this works for every kind of post-processor. */
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
  async singleTemplate(): Promise<SingleTemplate> {
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
