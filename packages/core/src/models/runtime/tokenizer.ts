import type { AskedBy } from '../../foundation/asked-by.ts';
import type { TokenSequence } from './token-sequence.ts';

/** Special tokens around and between the two parts of a pair, as the model's post-processor writes them. */
export interface PairTemplate {
  readonly before: TokenSequence;
  readonly between: TokenSequence;
  readonly after: TokenSequence;
  readonly queryTypeId: number;
  readonly passageTypeId: number;
}

/** Special tokens before and after a text that stands alone. */
export interface SingleTemplate {
  readonly before: TokenSequence;
  readonly after: TokenSequence;
}

/** Token ids of a text, and the part of the text that each token was read from, in UTF-16 code units. */
export interface TokenOffsets {
  readonly ids: Int32Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** Text → token ids, equal to those of Hugging Face's tokenizers library for the same `tokenizer.json`. */
export interface Tokenizer {
  /**
   * Token ids of each text on its own, without special tokens, in input order. Any string is a text: lone surrogates
   * are read as U+FFFD.
   *
   * @param askedBy whose texts they are: callers take turns
   * @throws RetrievalError `model-crashed` if a text crashed the tokenizer's process, `closed`; or the signal's
   * reason
   */
  encode(texts: readonly string[], signal?: AbortSignal, askedBy?: AskedBy): Promise<Int32Array[]>;
  /** As {@link encode}, with the place of each token in its text. */
  encodeWithOffsets(
    texts: readonly string[],
    signal?: AbortSignal,
    askedBy?: AskedBy,
  ): Promise<TokenOffsets[]>;
  /** The id of one token of the vocabulary, or `undefined` if it has no such token. */
  tokenId(token: string): Promise<number | undefined>;
  pairTemplate(): Promise<PairTemplate>;
  singleTemplate(): Promise<SingleTemplate>;
  /** Frees what it holds besides memory, such as a process of its own. Safe to call twice. */
  close?(): Promise<void>;
}
