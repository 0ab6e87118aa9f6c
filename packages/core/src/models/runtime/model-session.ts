import type { AskedBy } from '../../foundation/asked-by.ts';
import type { ModelDirectory, Precision } from '../model-directory/model-directory.ts';
import type { OutputHead, TokenProjection } from './output-head.ts';
import type { CheckedEncoderOptions } from './session-options.ts';
import type { TokenSequence } from './token-sequence.ts';

/** One sequence's part of a batch's output. */
export interface OutputRow {
  /** Row-major, of the shape `dims`. */
  readonly data: Float32Array;
  /** The output's shape without the batch dimension. */
  readonly dims: readonly number[];
}

/** A graph that is run as it is. */
export interface GraphFile {
  /** Absolute path of the file. */
  readonly path: string;
  readonly precision: Precision;
  /** Whether a row of its output does not depend on the rest of the batch. */
  readonly batchInvariant: boolean;
}

/** What to open, and how sequences and outputs look. */
export interface SessionRequest {
  /** The model's name, for errors. */
  readonly origin: string;
  /**
   * The model whose graph is run, in the model's precision; the graph is rewritten first if `options.optimize` says
   * so.
   */
  readonly model?: ModelDirectory;
  /** A file to run as it is, instead of a model's own graph. */
  readonly graph?: GraphFile;
  /** Checked options of the caller: workers, batch budget, queue, provider. */
  readonly options: CheckedEncoderOptions;
  /** Names of suitable outputs, best first; if the graph has none of them, its first output is used. */
  readonly outputs: readonly string[];
  /** What is applied to an output with a vector per token; an output without a token dimension is left as it is. */
  readonly head?: OutputHead | undefined;
  /** Linear layers that each token's vector goes through. */
  readonly projections?: readonly TokenProjection[] | undefined;
  /** The side on which shorter sequences of a batch are padded. @default 'right' */
  readonly paddingSide?: 'left' | 'right' | undefined;
  /** Position of a sequence's first token, for graphs that read `position_ids`; without it such graphs are refused. */
  readonly firstPosition?: number;
  /** The graph's input for the sequences' states, if it begins above the lower layers. */
  readonly statesInput?: string;
  /** Aborts the opening: it rejects with the signal's reason once the running step has ended. */
  readonly signal?: AbortSignal | undefined;
}

/** Sequences to run, and how their output is read. */
export interface RunRequest<T> extends AskedBy {
  readonly sequences: readonly TokenSequence[];
  /** Turns a sequence's row into its result; if it throws, the request fails. */
  readonly read: (row: OutputRow, index: number) => T;
  readonly signal?: AbortSignal | undefined;
  /** When to answer with the results so far, in milliseconds on the clock of `performance.now()`. */
  readonly deadlineAt?: number | undefined;
}

/** A loaded model. Requests of all callers share it. */
export interface ModelSession {
  /** The precision of its computation. */
  readonly precision: Precision;
  /**
   * Runs the sequences in batches.
   *
   * @returns the result of `read` for each row, in input order. With a `deadline`, the first sequences are computed
   * first, and `undefined` stands for those that were not computed by then.
   * @throws RetrievalError `overloaded`, `closed`, `model-crashed` or `model-output-invalid`; or the signal's reason
   */
  run<T>(request: RunRequest<T> & { readonly deadlineAt?: undefined }): Promise<T[]>;
  run<T>(request: RunRequest<T>): Promise<(T | undefined)[]>;
  /** Rejects waiting requests and frees the model. Safe to call twice. */
  close(): Promise<void>;
}
