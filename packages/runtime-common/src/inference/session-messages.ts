import type { ExecutionProvider } from '@secondpass/core';
import type { OutputHead, TokenProjection, TokenSequence } from '@secondpass/core/runtime';

/** What a worker thread is started with. */
export interface SessionStart {
  readonly settings: SessionSettings;
  /** The batch that the thread runs, in its only element: if it crashes, that batch is at fault. */
  readonly running: Int32Array<SharedArrayBuffer>;
}

/** The settings of a worker thread. */
export interface SessionSettings {
  /** Absolute path of the ONNX file. */
  readonly graph: string;
  /** Names of suitable outputs, best first; if the graph has none of them, its first output is used. */
  readonly preferredOutputs: readonly string[];
  /** @default 'cpu' */
  readonly executionProvider?: ExecutionProvider;
  /** Threads inside one operator. */
  readonly threads: number;
  /** What is applied to an output with a vector per token; an output without a token dimension is left as it is. */
  readonly head?: OutputHead;
  /** Linear layers that each token's vector goes through. */
  readonly projections?: readonly TokenProjection[];
  /** The side on which shorter sequences of a batch are padded. @default 'right' */
  readonly paddingSide?: 'left' | 'right';
  /** Position of a sequence's first token, for graphs that read `position_ids`; without it such graphs are refused. */
  readonly firstPosition?: number;
  /** The graph's input for the sequences' states, if it begins above the lower layers. */
  readonly statesInput?: string;
}

/** A worker's first message. */
export type SessionGreeting =
  | { readonly kind: 'ready'; readonly inputs: readonly string[]; readonly output: string }
  | {
      readonly kind: 'refused';
      readonly reason: 'unreadable' | 'unexpected-inputs' | 'no-provider';
      readonly detail: string;
    };

/** A batch for a thread. */
export interface ThreadBatch {
  readonly sequences: readonly TokenSequence[];
  /** Whether it goes before the thread's waiting batches that are not urgent. */
  readonly urgent?: boolean;
  /**
   * The request that all of it belongs to, if its output may be kept back while a batch of the same request follows in the
   * thread. @default it is answered at once
   */
  readonly request?: number | undefined;
}

/** A batch as a worker gets it. */
export interface BatchRequest extends ThreadBatch {
  readonly kind: 'run';
  /** Tells the thread's batches apart. */
  readonly batch: number;
  readonly urgent: boolean;
}

/** A request to a worker: run a batch, or free the model and end once all batches are done. */
export type SessionRequest = BatchRequest | { readonly kind: 'close' };

/** The model's output for a batch: row-major, `dims[0]` rows. */
export interface BatchOutput {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

/** A worker's answer to a batch. */
export type BatchReply = {
  readonly batch: number;
  /** How long the batch took, in milliseconds. */
  readonly runMs: number;
} & (
  | { readonly kind: 'output'; readonly output: BatchOutput }
  | { readonly kind: 'failed'; readonly detail: string }
);
