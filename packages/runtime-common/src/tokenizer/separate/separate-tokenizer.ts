import { closedError, untilAborted } from '@secondpass/core/extend';
import type { PairTemplate, SingleTemplate, Tokenizer, TokenOffsets } from '@secondpass/core/runtime';
import { partsOfCharacters } from '../parts-of-characters.ts';
import { TokenCache } from '../token-cache.ts';
import { Turns } from '../turns.ts';
import { changedFile, failedToTokenize } from './tokenizer-failure.ts';
import type { TokenizerAnswers, TokenizerQuestion } from './tokenizer-messages.ts';
import { NeverAsked, TokenizerProcess } from './tokenizer-process.ts';

/** Parts at the process at the same time, of all requests: one that it reads, and one that it need not wait for. */
const partsAtOnce = 2;

/** How many processes may end before they come to a question. Each time another question or somebody else ended it. */
const mostAsked = 5;

/**
 * A tokenizer in a process of its own, with the same answers as in this one: the library's native code ends the whole process
 * over some files and texts, and others make it run for minutes or take gigabytes. A process that ends so costs one request,
 * and the next one starts another.
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
   * @throws RetrievalError `model-damaged` for a file that the library does not read or that ends it, `missing-dependency`
   * where no process can be started; or the signal's reason
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
  async encode(texts: readonly string[], signal?: AbortSignal): Promise<Int32Array[]> {
    const encode = (missing: readonly string[]) => this.#inParts('encode', missing, signal);
    return this.#cache ? this.#cache.encode(texts, encode) : encode(texts);
  }

  /** Token ids of each text on its own, without special tokens, and where in the text each token was read. */
  encodeWithOffsets(texts: readonly string[], signal?: AbortSignal): Promise<TokenOffsets[]> {
    return this.#inParts('encodeWithOffsets', texts, signal);
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
  ): Promise<TokenizerAnswers[K][number][]> {
    const results: TokenizerAnswers[K][number][] = [];
    for (const part of partsOfCharacters(texts)) {
      const asked = this.#turns.run(() => this.#ask({ kind, texts: part }), signal);
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

  /** The process, started again where it has ended. */
  async #ready(): Promise<TokenizerProcess> {
    if (this.#process === undefined || this.#process.dead) {
      this.#process = new TokenizerProcess(this.#origin, this.#file);
    }
    const process = this.#process;
    const digest = await process.ready;
    this.#digest ??= digest;
    // Other ids than the graph was loaded for would be wrong scores, and no error.
    if (digest !== this.#digest) throw changedFile(this.#origin);
    return process;
  }
}

function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return signal ? untilAborted(work, signal) : work;
}
