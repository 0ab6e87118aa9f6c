import { closedError, untilAborted } from '@secondpass/core/extend';
import type {
  AskedBy,
  PairTemplate,
  SingleTemplate,
  Tokenizer,
  TokenOffsets,
} from '@secondpass/core/runtime';
import { partsOfCharacters } from '../parts-of-characters.ts';
import { TokenCache } from '../token-cache.ts';
import { Turns } from '../turns.ts';
import { changedFile, failedToTokenize } from './tokenizer-failure.ts';
import type { TokenizerAnswers, TokenizerQuestion } from './tokenizer-messages.ts';
import { NeverAsked, TokenizerProcess } from './tokenizer-process.ts';

/** How many parts the process has at the same time, of all requests: the one that it reads, and the next one. */
const partsAtOnce = 2;

/**
 * How many processes may end before they reach a question. Another question, or something outside, ended each of
 * them.
 */
const mostAsked = 5;

/**
 * A tokenizer in a process of its own, with the same answers as in this one. Some files and texts crash the library's
 * native code and with it the whole process; others make it run for minutes or take gigabytes. Such a crash fails one
 * request, and the next request starts another process.
 */
export class SeparateTokenizer implements Tokenizer {
  readonly #origin: string;
  readonly #file: string;
  readonly #cache: TokenCache | undefined;
  readonly #turns = new Turns(partsAtOnce);
  #process: TokenizerProcess | undefined;
  #digest: string | undefined;
  #closed = false;

  private constructor(origin: string, file: string, cacheBytes: number) {
    this.#origin = origin;
    this.#file = file;
    this.#cache = cacheBytes > 0 ? new TokenCache(cacheBytes) : undefined;
  }

  /**
   * @param origin the model's name, for errors
   * @param file absolute path of `tokenizer.json`
   * @throws RetrievalError `model-damaged` for a file that the library cannot read or crashes on,
   * `missing-dependency` if no process can be started; or the signal's reason
   */
  static async open(
    origin: string,
    file: string,
    {
      cacheBytes = 0,
      signal,
    }: { readonly cacheBytes?: number; readonly signal?: AbortSignal | undefined } = {},
  ): Promise<SeparateTokenizer> {
    signal?.throwIfAborted();
    const tokenizer = new SeparateTokenizer(origin, file, cacheBytes);
    try {
      await orAborted(tokenizer.#ready(), signal);
      return tokenizer;
    } catch (error) {
      await tokenizer.close();
      throw error;
    }
  }

  /** Token ids of each text on its own, without special tokens, in input order. */
  async encode(texts: readonly string[], signal?: AbortSignal, askedBy?: AskedBy): Promise<Int32Array[]> {
    const encode = (missing: readonly string[]) => this.#inParts('encode', missing, signal, askedBy);
    return this.#cache ? this.#cache.encode(texts, encode) : encode(texts);
  }

  /** Token ids of each text on its own, without special tokens, and where in the text each token was read. */
  encodeWithOffsets(
    texts: readonly string[],
    signal?: AbortSignal,
    askedBy?: AskedBy,
  ): Promise<TokenOffsets[]> {
    return this.#inParts('encodeWithOffsets', texts, signal, askedBy);
  }

  tokenId(token: string): Promise<number | undefined> {
    return this.#ask({ kind: 'tokenId', texts: [token] });
  }

  pairTemplate(): Promise<PairTemplate> {
    return this.#ask({ kind: 'pairTemplate', texts: [] });
  }

  singleTemplate(): Promise<SingleTemplate> {
    return this.#ask({ kind: 'singleTemplate', texts: [] });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#process?.close();
  }

  async #inParts<K extends 'encode' | 'encodeWithOffsets'>(
    kind: K,
    texts: readonly string[],
    signal?: AbortSignal,
    askedBy?: AskedBy,
  ): Promise<TokenizerAnswers[K][number][]> {
    const results: TokenizerAnswers[K][number][] = [];
    const parts = [...partsOfCharacters(texts)];
    const work = { ...askedBy, short: parts.length === 1 };
    for (const part of parts) {
      const asked = this.#turns.run(() => this.#ask({ kind, texts: part }), signal, work);
      results.push(...(await orAborted(asked, signal)));
    }
    return results;
  }

  async #ask<K extends keyof TokenizerAnswers>(question: TokenizerQuestion<K>): Promise<TokenizerAnswers[K]> {
    for (let asked = 1; ; asked += 1) {
      if (this.#closed) throw closedError(this.#origin);
      const process = await this.#ready();
      try {
        return await process.ask(question);
      } catch (error) {
        if (!(error instanceof NeverAsked)) throw error;
        if (asked === mostAsked) throw failedToTokenize(this.#origin, error.end);
      }
    }
  }

  /** The process, started again if it has ended. */
  async #ready(): Promise<TokenizerProcess> {
    if (this.#process === undefined || this.#process.dead) {
      this.#process = new TokenizerProcess(this.#origin, this.#file);
    }
    const process = this.#process;
    const digest = await process.ready;
    this.#digest ??= digest;
    // Ids of another tokenizer than the model's would give wrong scores without an error.
    if (digest !== this.#digest) throw changedFile(this.#origin);
    return process;
  }
}

function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return signal ? untilAborted(work, signal) : work;
}
