import { setTimeout as wait } from 'node:timers/promises';
import { RetrievalError } from '@secondpass/core';
import { FailedTry } from '@secondpass/service-client';
import pLimit from 'p-limit';

export interface Turn {
  /** Characters that will be sent. */
  readonly characters: number;
  /** On the clock of `performance.now()`. A wait that would end later is not started. */
  readonly endsAt: number;
  readonly signal: AbortSignal;
}

export interface TurnLimits {
  readonly requests: number;
  readonly characters: number;
  /** Milliseconds. @default 60_000 */
  readonly windowMs?: number;
}

/** The longest pause, in milliseconds, even if the service asks for more: its clock may be wrong. */
const longestPause = 600_000;

/**
 * Decides when a request may be sent, in the order of arrival. It limits requests and characters within any window of
 * time, and lets no request pass while the service has asked for a pause.
 */
export class TurnGate {
  readonly #origin: string;
  readonly #limits: TurnLimits;
  readonly #windowMs: number;
  readonly #sent: { readonly at: number; readonly characters: number }[] = [];
  readonly #queue = pLimit(1);
  #openAt = 0;

  constructor(origin: string, limits: TurnLimits) {
    this.#origin = origin;
    this.#limits = limits;
    this.#windowMs = limits.windowMs ?? 60_000;
  }

  /** Lets no request pass for this many milliseconds. */
  pause(milliseconds: number): void {
    this.#openAt = Math.max(this.#openAt, performance.now() + Math.min(milliseconds, longestPause));
  }

  /** @throws FailedTry `overloaded` if the turn would come after `endsAt`, or the signal's reason */
  pass(turn: Turn): Promise<void> {
    return this.#queue(async () => {
      const { characters, endsAt, signal } = turn;
      for (;;) {
        signal.throwIfAborted();
        const opensAt = this.#opensAt(characters);
        const now = performance.now();
        if (opensAt <= now) break;
        if (opensAt >= endsAt) throw this.#tooLate(opensAt - now);
        // The loop checks again after the wait: the service may ask for a longer pause meanwhile.
        await wait(opensAt - now, undefined, { signal }).catch(() => signal.throwIfAborted());
      }
      if (this.#isLimited) this.#sent.push({ at: performance.now(), characters });
    });
  }

  get #isLimited(): boolean {
    return this.#limits.requests < Infinity || this.#limits.characters < Infinity;
  }

  /** On the clock of `performance.now()`. */
  #opensAt(characters: number): number {
    const now = performance.now();
    while (this.#sent.length > 0 && this.#sent[0]!.at <= now - this.#windowMs) this.#sent.shift();
    let requests = this.#sent.length;
    let sum = this.#sent.reduce((total, sent) => total + sent.characters, 0);
    let opensAt = this.#openAt;
    // A request that exceeds a limit by itself is sent when the window is empty.
    for (const sent of this.#sent) {
      if (requests < this.#limits.requests && sum + characters <= this.#limits.characters) break;
      requests -= 1;
      sum -= sent.characters;
      opensAt = Math.max(opensAt, sent.at + this.#windowMs);
    }
    return opensAt;
  }

  #tooLate(milliseconds: number): FailedTry {
    const error = new RetrievalError({
      code: 'overloaded',
      origin: this.#origin,
      problem: `The next request may be sent in ${Math.ceil(milliseconds / 1000)} s, after the end of this call.`,
      nextStep: 'Send fewer requests, or raise the limits of requests and characters per minute.',
    });
    return new FailedTry(error, { mayRetry: false });
  }
}
