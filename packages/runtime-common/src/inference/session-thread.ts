import type { Worker } from 'node:worker_threads';
import { RetrievalError } from '@secondpass/core';
import { damaged, type TokenSequence } from '@secondpass/core/runtime';
import { startModelThread } from '../start-model-thread.ts';
import type {
  BatchOutput,
  BatchReply,
  SessionGreeting,
  SessionRequest,
  SessionSettings,
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
  readonly resolve: (output: BatchOutput) => void;
  readonly reject: (error: unknown) => void;
}

/** One worker thread that holds a model, and runs one batch at a time, in the order of the calls. */
export class SessionThread {
  /** Settles once the model is loaded, or cannot be. */
  readonly ready: Promise<void>;
  /** True once the thread has ended, for any reason. */
  dead = false;
  /** How long the latest batch took, in milliseconds. */
  latestRunMs = Number.POSITIVE_INFINITY;
  readonly #origin: string;
  readonly #provider: string;
  readonly #worker: Worker;
  readonly #onEnd: () => void;
  #closing = false;
  #wasReady = false;
  readonly #outstanding: Outstanding[] = [];
  #runningSince = 0;

  /** @param onEnd called once when a thread that was ready has ended, for any reason */
  constructor({ origin, script, settings }: ModelThread, onEnd: () => void = () => {}) {
    this.#onEnd = onEnd;
    this.#origin = origin;
    this.#provider = settings.executionProvider ?? 'cpu';
    this.#worker = startModelThread(script, {
      workerData: settings,
      // Besides the model a thread keeps almost nothing: a young generation of the default size would only make the
      // process larger.
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    });
    this.ready = this.#start(script);
    // The owner learns of a failed start through `ready`; a later crash must not be an unhandled rejection.
    this.ready.catch(() => {});
  }

  /** How many batches it has been given and not answered. */
  get outstanding(): number {
    return this.#outstanding.length;
  }

  /**
   * @throws RetrievalError `model-crashed` or `model-output-invalid`; NotStarted if the thread ended before its turn
   */
  run(sequences: readonly TokenSequence[]): Promise<BatchOutput> {
    return new Promise((resolve, reject) => {
      if (this.dead) return reject(new NotStarted());
      if (this.#outstanding.length === 0) this.#runningSince = performance.now();
      this.#outstanding.push({ resolve, reject });
      // A thread keeps the process alive only while it works.
      this.#worker.ref();
      this.#ask({ kind: 'run', sequences });
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
    this.#worker.on('message', (reply: BatchReply) => this.#settle(reply));
    this.#worker.unref();
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
    const answered = this.#outstanding.shift();
    const now = performance.now();
    this.latestRunMs = now - this.#runningSince;
    this.#runningSince = now;
    if (!this.#closing && this.#outstanding.length === 0) this.#worker.unref();
    if (reply.kind === 'output') return answered?.resolve(reply.output);
    answered?.reject(
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
    const [running, ...waiting] = this.#outstanding.splice(0);
    running?.reject(this.#crashed(error));
    for (const { reject } of waiting) reject(new NotStarted());
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
