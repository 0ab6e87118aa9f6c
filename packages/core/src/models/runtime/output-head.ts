/** What follows a graph that answers a vector per token: one token's vector, or their mean, through a few layers. */
export interface OutputHead {
  readonly pooling: 'first-token' | 'last-token' | 'mean';
  /** Columns of the pooled vector that are kept, in this order. All if absent. */
  readonly columns?: readonly number[];
  readonly layers: readonly HeadLayer[];
}

/** One layer of a head: linear with an activation, or a normalization. */
export type HeadLayer =
  | {
      readonly kind: 'dense';
      readonly outputs: number;
      /** Row-major, one row per output. */
      readonly weight: Float32Array;
      readonly bias?: Float32Array;
      readonly activation: HeadActivation;
    }
  | {
      readonly kind: 'norm';
      readonly weight: Float32Array;
      readonly bias?: Float32Array;
      readonly epsilon: number;
    };

export const headActivations = ['identity', 'tanh', 'gelu', 'relu', 'sigmoid', 'silu'] as const;
/** What a linear layer's output goes through. */
export type HeadActivation = (typeof headActivations)[number];

/** A linear layer that each token's vector goes through: `weight · vector + bias`. */
export interface TokenProjection {
  /** Row-major [outputs, inputs]. */
  readonly weight: Float32Array;
  /** One number per output. @default none */
  readonly bias?: Float32Array;
  readonly inputs: number;
  readonly outputs: number;
}
