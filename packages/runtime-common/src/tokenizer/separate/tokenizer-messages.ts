import type { PairTemplate, SingleTemplate, TokenOffsets } from '@secondpass/core/runtime';

/** A question to a tokenizer's process. It answers in the order of the questions. */
export interface TokenizerQuestion<K extends keyof TokenizerAnswers = keyof TokenizerAnswers> {
  readonly kind: K;
  /** For `tokenId` the token, for the templates none. */
  readonly texts: readonly string[];
}

export interface TokenizerAnswers {
  readonly encode: Int32Array[];
  readonly encodeWithOffsets: TokenOffsets[];
  readonly tokenId: number | undefined;
  readonly pairTemplate: PairTemplate;
  readonly singleTemplate: SingleTemplate;
}

export type TokenizerReply =
  /** It has come to the first question that it has not answered. */
  | { readonly kind: 'begun' }
  | { readonly kind: 'answer'; readonly answer: TokenizerAnswers[keyof TokenizerAnswers] }
  | { readonly kind: 'failed'; readonly detail: string };

/** The process's first message, once the tokenizer is open or cannot be opened. */
export type TokenizerGreeting =
  | { readonly kind: 'ready' /** SHA-256 of the file, hexadecimal. */; readonly digest: string }
  | { readonly kind: 'refused'; readonly reason: 'no-library' | 'unreadable'; readonly detail: string };

/** The settings of a tokenizer's process: its first argument, as JSON. */
export interface TokenizerProcessSettings {
  /** Absolute path of `tokenizer.json`. */
  readonly file: string;
  /** Memory that the process may take, in bytes. */
  readonly mostBytes: number;
}

/** What the process writes to its standard output before it ends itself because of its memory. */
export const outOfMemoryMark = 'memory';
