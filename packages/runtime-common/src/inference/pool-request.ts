import type { OutputRow, RunRequest, TokenSequence } from '@secondpass/core/runtime';
import type { BatchOutput } from './session-messages.ts';

/** Longest delay of a timer; a later deadline has no effect in practice. */
const longestDelayMs = 2 ** 31 - 1;

let requests = 0;

/** A request from its first batch to its answer. It settles once; later results are discarded. */
export class PoolRequest {
  /** Tells the requests of a process apart. */
  readonly number: number;
  readonly hasDeadline: boolean;
  readonly sequences: readonly TokenSequence[];
  /** Resolves with the result of `read` for each row, and `undefined` for rows that were not done at the deadline. */
  readonly answer: Promise<readonly unknown[]>;
  readonly #asked = performance.now();
  #begun = false;
  readonly #read: RunRequest<unknown>['read'];
  readonly #outcome = Promise.withResolvers<readonly unknown[]>();
  readonly #results: unknown[];
  #left: number;
  #settle: (() => void) | undefined;

  /** @param onSettled called once, when the request is settled */
  constructor(
    { sequences, read, signal, deadlineAt }: RunRequest<unknown>,
    onSettled: (request: PoolRequest) => void,
  ) {
    requests += 1;
    this.number = requests;
    this.hasDeadline = deadlineAt !== undefined;
    this.sequences = sequences;
    this.answer = this.#outcome.promise;
    this.#read = read;
    this.#left = sequences.length;
    this.#results = new Array(sequences.length).fill(undefined);
    const abort = () => this.fail(signal!.reason);
    const delay = deadlineAt === undefined ? longestDelayMs + 1 : Math.max(0, deadlineAt - performance.now());
    const timer = delay > longestDelayMs ? undefined : setTimeout(() => this.#finish(), delay);
    this.#settle = () => {
      this.#settle = undefined;
      signal?.removeEventListener('abort', abort);
      clearTimeout(timer);
      onSettled(this);
    };
    signal?.addEventListener('abort', abort, { once: true });
  }

  get settled(): boolean {
    return this.#settle === undefined;
  }

  /** Milliseconds that the request waited for its first batch; `undefined` at every later call. */
  begin(): number | undefined {
    if (this.#begun) return undefined;
    this.#begun = true;
    return performance.now() - this.#asked;
  }

  /** @param members positions of the sequences whose rows start at `firstRow` of the output */
  receive(members: readonly number[], output: BatchOutput, firstRow: number): void {
    if (this.settled) return;
    try {
      for (const [row, index] of members.entries()) {
        this.#results[index] = this.#read(rowOf(output, firstRow + row), index);
      }
    } catch (error) {
      return this.fail(error);
    }
    this.#left -= members.length;
    if (this.#left === 0) this.#finish();
  }

  fail(error: unknown): void {
    if (this.settled) return;
    this.#settle!();
    this.#outcome.reject(error);
  }

  #finish(): void {
    this.#settle!();
    this.#outcome.resolve(this.#results);
  }
}

function rowOf({ data, dims }: BatchOutput, row: number): OutputRow {
  const size = data.length / dims[0]!;
  return { data: data.subarray(row * size, (row + 1) * size), dims: dims.slice(1) };
}
