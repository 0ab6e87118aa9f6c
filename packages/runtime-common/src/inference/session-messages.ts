import type { ExecutionProvider } from '@secondpass/core';
import type { OutputHead, TokenProjection, TokenSequence } from '@secondpass/core/runtime';

/** What a worker thread is told when it starts. */
export interface SessionSettings {
  /** Absolute path of the ONNX file. */
  readonly graph: string;
  /** Names of outputs that would do, the best first; the graph's first output where none is there. */
  readonly preferredOutputs: readonly string[];
  /** @default 'cpu' */
  readonly executionProvider?: ExecutionProvider;
  /** Threads inside one operator. */
  readonly threads: number;
  /** What a vector per token goes through; an output without a dimension for tokens is left as it is. */
  readonly head?: OutputHead;
  /** Linear layers that each token's vector goes through. */
  readonly projections?: readonly TokenProjection[];
  /** Where shorter sequences of a batch are filled up. @default 'right' */
  readonly paddingSide?: 'left' | 'right';
  /** Position of a sequence's first token, for graphs that read `position_ids`; without it such graphs are refused. */
  readonly firstPosition?: number;
  /** The graph's input for the sequences' states, where it begins above the lower layers. */
  readonly statesInput?: string;
}

/** A worker's first word. */
export type SessionGreeting =
  | { readonly kind: 'ready'; readonly inputs: readonly string[]; readonly output: string }
  | {
      readonly kind: 'refused';
      readonly reason: 'unreadable' | 'unexpected-inputs' | 'no-provider';
      readonly detail: string;
    };

/** What a worker is asked: to run a batch, or to free the model and end once the batch before it is done. */
export type SessionRequest =
  | { readonly kind: 'run'; readonly sequences: readonly TokenSequence[] }
  | { readonly kind: 'close' };

/** The model's output for a batch: row-major, `dims[0]` rows. */
export interface BatchOutput {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

export type BatchReply =
  | { readonly kind: 'output'; readonly output: BatchOutput }
  | { readonly kind: 'failed'; readonly detail: string };
