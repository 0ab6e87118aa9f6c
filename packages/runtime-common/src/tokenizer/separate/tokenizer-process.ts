import type { ChildProcess } from 'node:child_process';
import { closedError } from '@secondpass/core/extend';
import { startTokenizerProcess } from './start-tokenizer-process.ts';
import {
  answerTimeoutMs,
  type EndOfProcess,
  failedToOpen,
  failedToTokenize,
  mostBytes,
  noLibrary,
  noProcess,
  openTimeoutMs,
  refusedByLibrary,
} from './tokenizer-failure.ts';
import {
  outOfMemoryMark,
  type TokenizerAnswers,
  type TokenizerGreeting,
  type TokenizerQuestion,
  type TokenizerReply,
} from './tokenizer-messages.ts';

/** The error of a question that the process never reached; another process may answer it. */
export class NeverAsked extends Error {
  readonly end: EndOfProcess;

  constructor(end: EndOfProcess) {
    super();
    this.end = end;
  }
}

interface Outstanding {
  readonly resolve: (answer: TokenizerAnswers[keyof TokenizerAnswers]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One process with a tokenizer, from our side. It answers one question at a time and reports when it begins one, so
 * that we know which question it was working on when it ended. It keeps this process alive only while it works.
 */
export class TokenizerProcess {
  /** Settles once the tokenizer is open, with the SHA-256 of the file, or cannot be opened. */
  readonly ready: Promise<string>;
  /** True once the process no longer answers, for any reason. */
  dead = false;
  readonly #origin: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #outstanding: Outstanding[] = [];
  readonly #opening = Promise.withResolvers<string>();
  #isOpen = false;
  /** Whether it has reported that it began the first of the questions. */
  #isAtWork = false;
  #timer: NodeJS.Timeout | undefined;
  #outOfMemory = false;

  /**
   * @param file absolute path of `tokenizer.json`
   * @throws RetrievalError `missing-dependency` if no process may be started
   */
  constructor(origin: string, file: string) {
    this.#origin = origin;
    try {
      this.#child = startTokenizerProcess({ file, mostBytes });
    } catch (error) {
      throw noProcess(origin, error);
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#ended = promise;
    this.ready = this.#opening.promise;
    this.ready.catch(() => {});
    this.#child.stdout?.on('data', (data: Buffer) => {
      if (String(data).includes(outOfMemoryMark)) this.#outOfMemory = true;
    });
    this.#child.on('error', (error) => {
      this.#opening.reject(noProcess(origin, error));
      this.#end({ kind: 'exit', by: error.message });
      // A process that did not start emits no exit.
      if (this.#child.pid === undefined) resolve();
    });
    this.#child.once('close', (code, signal) => {
      this.#end(
        code === 1 ? { kind: 'broken' } : { kind: 'exit', by: signal ?? `itself with exit code ${code}` },
      );
      resolve();
    });
    this.#child.on('message', (message) => {
      if (this.dead) return;
      if (this.#isOpen) this.#settle(message as TokenizerReply);
      else this.#meet(message as TokenizerGreeting);
    });
    this.#limit(openTimeoutMs);
  }

  /**
   * @throws RetrievalError `model-crashed`, `model-damaged` or `closed`; NeverAsked if the process ended before its
   * turn
   */
  ask<K extends keyof TokenizerAnswers>(question: TokenizerQuestion<K>): Promise<TokenizerAnswers[K]> {
    return new Promise((resolve, reject) => {
      if (this.dead) return reject(new NeverAsked({ kind: 'exit', by: 'another' }));
      this.#outstanding.push({ resolve: resolve as Outstanding['resolve'], reject });
      if (this.#outstanding.length === 1) this.#begin();
      // If it cannot be sent, the process has ended, and its end settles the question.
      this.#child.send(question, () => {});
    });
  }

  /** Ends the process, even in the middle of its work; waiting questions reject with `closed`. */
  async close(): Promise<void> {
    for (const { reject } of this.#outstanding.splice(0)) reject(closedError(this.#origin));
    this.#opening.reject(closedError(this.#origin));
    this.#stop({ kind: 'exit', by: 'close()' });
    this.#ref();
    await this.#ended;
  }

  #meet(greeting: TokenizerGreeting): void {
    clearTimeout(this.#timer);
    if (greeting.kind === 'ready') {
      this.#isOpen = true;
      this.#unref();
      return this.#opening.resolve(greeting.digest);
    }
    const { reason, detail } = greeting;
    const failure = reason === 'no-library' ? noLibrary : refusedByLibrary;
    this.#opening.reject(failure(this.#origin, detail));
    this.#stop({ kind: 'exit', by: 'itself' });
  }

  #begin(): void {
    this.#ref();
    this.#limit(answerTimeoutMs);
  }

  #limit(limitMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#stop({ kind: 'timeout', limitMs }), limitMs);
  }

  #settle(reply: TokenizerReply): void {
    this.#isAtWork = reply.kind === 'begun';
    if (reply.kind === 'begun') return;
    const answered = this.#outstanding.shift();
    clearTimeout(this.#timer);
    if (this.#outstanding.length > 0) this.#begin();
    else this.#unref();
    if (reply.kind === 'answer') answered?.resolve(reply.answer);
    else answered?.reject(refusedByLibrary(this.#origin, reply.detail));
  }

  #stop(reason: EndOfProcess): void {
    this.#child.kill('SIGKILL');
    this.#end(reason);
  }

  #end(reason: EndOfProcess): void {
    if (this.dead) return;
    this.dead = true;
    clearTimeout(this.#timer);
    const end: EndOfProcess = this.#outOfMemory ? { kind: 'memory' } : reason;
    this.#opening.reject(failedToOpen(this.#origin, end));
    // A process that ended while idle fails no request, even if this process learns of it too late.
    if (this.#isAtWork || end.kind === 'timeout') {
      this.#outstanding.shift()?.reject(failedToTokenize(this.#origin, end));
    }
    for (const { reject } of this.#outstanding.splice(0)) reject(new NeverAsked(end));
  }

  #ref(): void {
    this.#child.ref();
    this.#child.channel?.ref();
  }

  #unref(): void {
    this.#child.unref();
    this.#child.channel?.unref();
    (this.#child.stdout as { unref?(): void } | null)?.unref?.();
  }
}
