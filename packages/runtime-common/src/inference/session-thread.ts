import type { Worker } from 'node:worker_threads';
import { RetrievalError } from '@secondpass/core';
import { damaged } from '@secondpass/core/runtime';
import { startModelThread } from '../start-model-thread.ts';
import type { ThreadLoad } from './next-thread.ts';
import type {
  BatchOutput,
  BatchReply,
  SessionGreeting,
  SessionRequest,
  SessionSettings,
  SessionStart,
  ThreadBatch,
} from './session-messages.ts';
import { startFailure } from './start-failure.ts';

/** Longest time that loading a model may take, in milliseconds. */
const startTimeoutMs = 120_000;
/** Longest time that a closing thread may take to finish its batch, in milliseconds. */
const closeTimeoutMs = 60_000;

/** The error of a batch that waited in a thread and did not run; another thread may run it. */
export class NotStarted extends Error {}

/** What a thread is started for. */
export interface ModelThread {
  /** The model's name, for errors. */
  readonly origin: string;
  /** The file that the thread runs. */
  readonly script: URL;
  readonly settings: SessionSettings;
}

interface Outstanding {
  readonly urgent: boolean;
  /** Padded tokens. */
  readonly tokens: number;
  readonly resolve: (output: BatchOutput) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * One worker thread that holds a model, and runs one batch at a time: urgent ones first, otherwise in the order of the
 * calls.
 */
export class SessionThread implements ThreadLoad {
  /** Settles once the model is loaded, or cannot be. */
  readonly ready: Promise<void>;
  /** True once the thread has ended, for any reason. */
  dead = false;
  readonly #origin: string;
  readonly #provider: string;
  readonly #worker: Worker;
  readonly #onEnd: () => void;
  #closing = false;
  #wasReady = false;
  /** Batches that were not answered, by number. */
  readonly #outstanding = new Map<number, Outstanding>();
  readonly #running = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  #given = 0;
  /** Of the latest batch; nothing is known before it. */
  #msPerToken = Number.POSITIVE_INFINITY;

  /** @param onEnd called once when a thread that was ready has ended, for any reason */
  constructor({ origin, script, settings }: ModelThread, onEnd: () => void = () => {}) {
    this.#onEnd = onEnd;
    this.#origin = origin;
    this.#provider = settings.executionProvider ?? 'cpu';
    const start: SessionStart = { settings, running: this.#running };
    // Besides the model a thread keeps almost nothing: a young generation of the default size would only make the process
    // larger.
    this.#worker = startModelThread(script, start, { resourceLimits: { maxYoungGenerationSizeMb: 4 } });
    this.ready = this.#start(script);
    // The owner learns of a failed start through `ready`; a later crash must not be an unhandled rejection.
    this.ready.catch(() => {});
  }

  /** How many batches it has been given and not answered. */
  get batches(): number {
    return this.#outstanding.size;
  }

  get idle(): boolean {
    return this.batches === 0;
  }

  /** How long it will take for what it has not answered, in milliseconds, judged by its latest batch. */
  get msAhead(): number {
    return this.idle ? 0 : this.#msPerToken * this.#tokens(() => true);
  }

  /** Padded tokens of the urgent batches that it has not answered. */
  get urgentTokens(): number {
    return this.#tokens(({ urgent }) => urgent);
  }

  /**
   * @throws RetrievalError `model-crashed` or `model-output-invalid`; NotStarted if the thread ended before its turn
   */
  run(batch: ThreadBatch): Promise<BatchOutput> {
    return new Promise((resolve, reject) => {
      if (this.dead) return reject(new NotStarted());
      const { sequences, urgent = false } = batch;
      const tokens = sequences.length * Math.max(...sequences.map(({ ids }) => ids.length));
      this.#given += 1;
      this.#outstanding.set(this.#given, { urgent, tokens, resolve, reject });
      // A thread keeps the process alive only while it works.
      this.#worker.ref();
      this.#ask({ ...batch, kind: 'run', batch: this.#given, urgent });
    });
  }

  /**
   * Waits for the running batch, then frees the model. Terminating a thread inside the runtime would abort the whole
   * process, so only a thread that no longer answers is terminated.
   */
  async close(): Promise<void> {
    await this.ready.catch(() => {});
    if (this.dead) return;
    const ended = new Promise((resolve) => this.#worker.once('exit', resolve));
    const timer = setTimeout(() => this.#worker.terminate(), closeTimeoutMs);
    // The process stays alive until a closing thread has ended.
    this.#closing = true;
    this.#worker.ref();
    this.#ask({ kind: 'close' });
    await ended;
    clearTimeout(timer);
  }

  async #start(script: URL): Promise<void> {
    const greeting = await new Promise<SessionGreeting>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(damaged(this.#origin, `the model did not load within ${startTimeoutMs / 1000} s`));
        void this.#worker.terminate();
      }, startTimeoutMs);
      this.#worker.once('message', resolve);
      this.#worker.on('error', (error) => {
        reject(startFailure(error, script, this.#origin) ?? this.#crashed(error));
        this.#end(error);
      });
      this.#worker.once('exit', () => {
        clearTimeout(timer);
        reject(this.#crashed(undefined));
        this.#end(undefined);
      });
      this.#worker.once('message', () => clearTimeout(timer));
    });
    if (greeting.kind === 'refused') {
      await this.#worker.terminate();
      if (greeting.reason === 'unreadable') {
        throw damaged(this.#origin, 'the ONNX file cannot be loaded', new Error(greeting.detail));
      }
      if (greeting.reason === 'no-provider') throw this.#noProvider(greeting.detail);
      throw new RetrievalError({
        code: 'model-unsupported',
        origin: this.#origin,
        problem: `The ONNX file is not a text encoder: ${greeting.detail}.`,
        nextStep:
          'Export the model with the inputs input_ids, attention_mask and, if it has it, token_type_ids.',
      });
    }
    this.#wasReady = true;
    this.#worker.on('message', (replies: readonly BatchReply[]) => {
      for (const reply of replies) this.#settle(reply);
    });
    this.#worker.unref();
  }

  #tokens(counts: (batch: Outstanding) => boolean): number {
    let sum = 0;
    for (const batch of this.#outstanding.values()) if (counts(batch)) sum += batch.tokens;
    return sum;
  }

  #noProvider(detail: string): RetrievalError {
    return new RetrievalError({
      code: 'invalid-options',
      origin: this.#origin,
      problem: `The execution provider ${this.#provider} is not available here: ${detail.split('\n', 1)[0]!.slice(0, 200)}.`,
      nextStep: "Install its libraries for onnxruntime-node, or use executionProvider: 'cpu'.",
    });
  }

  #ask(request: SessionRequest): void {
    this.#worker.postMessage(request);
  }

  #settle(reply: BatchReply): void {
    const answered = this.#outstanding.get(reply.batch);
    if (!answered) return;
    this.#outstanding.delete(reply.batch);
    this.#msPerToken = reply.runMs / answered.tokens;
    if (!this.#closing && this.idle) this.#worker.unref();
    if (reply.kind === 'output') return answered.resolve(reply.output);
    answered.reject(
      new RetrievalError({
        code: 'model-output-invalid',
        origin: this.#origin,
        problem: `The model failed on a batch: ${reply.detail}.`,
        nextStep: 'Check that config.json, tokenizer.json and the ONNX file belong to the same model.',
      }),
    );
  }

  #end(error: unknown): void {
    if (this.dead) return;
    this.dead = true;
    // Should the thread have ended before it began any of them, the first one counts as begun, lest it be tried forever.
    const [first] = this.#outstanding.keys();
    const running = Atomics.load(this.#running, 0);
    const begun = this.#outstanding.has(running) ? running : first;
    for (const [batch, { reject }] of this.#outstanding) {
      reject(batch === begun ? this.#crashed(error) : new NotStarted());
    }
    this.#outstanding.clear();
    if (this.#wasReady) this.#onEnd();
  }

  #crashed(cause: unknown): RetrievalError {
    return new RetrievalError({
      code: 'model-crashed',
      origin: this.#origin,
      problem: `The thread that runs the model ended${cause instanceof Error ? `: ${cause.message}` : ''}.`,
      nextStep:
        'It is started again for the next batch; if it ends again, lower maxBatchTokens or give more memory.',
      cause,
    });
  }
}
