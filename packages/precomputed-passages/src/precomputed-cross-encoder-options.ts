import { type EncoderOptions, RetrievalError } from '@secondpass/core';
import { callback, number, oneOf, type PassageStateStore } from '@secondpass/core/extend';
import { checkEncoderOptions } from '@secondpass/core/runtime';
import { z } from 'zod';
import { type StatePrecision, statePrecisions } from './compress-states.ts';
import { isStore } from './is-store.ts';
import type { PrecomputedPassagesOptions } from './precomputed-passages.ts';

/** How a cross-encoder in two parts runs, and where passages are stored. */
export interface PrecomputedCrossEncoderOptions extends EncoderOptions {
  /**
   * The store of passage states, to which new states are written: a store that you opened, which stays open; or the
   * options of a {@link PrecomputedPassages}, or a function that opens another store. These are opened for the model and closed
   * with it.
   */
  readonly store: PassageStateStore | PrecomputedPassagesOptions | (() => Promise<PassageStateStore>);
  /** The precision of stored states; two precisions do not share entries. @default 'int8' */
  readonly statePrecision?: StatePrecision;
  /**
   * The share of a pair that a query may take, from 0.05 to 0.95; the rest of the query is cut and counted.
   * @default 0.5
   */
  readonly maxQueryShare?: number;
  /**
   * Called with the store's error when it fails: the passages are computed, or not stored, and the answer is the
   * same. It must not throw.
   * @default errors of the store are ignored
   */
  readonly onStoreFailure?: (error: unknown) => void;
}

export type CheckedPrecomputedCrossEncoderOptions = ReturnType<typeof checkEncoderOptions> &
  Required<
    Pick<PrecomputedCrossEncoderOptions, 'store' | 'statePrecision' | 'maxQueryShare' | 'onStoreFailure'>
  >;

const shape = {
  store: z.custom<PrecomputedCrossEncoderOptions['store']>(
    (value) =>
      isStore(value) ||
      typeof value === 'function' ||
      typeof (value as { directory?: unknown } | null)?.directory === 'string',
    '{ directory, maxBytes }, a store of PrecomputedPassages.open, or a function that opens one',
  ),
  statePrecision: oneOf(statePrecisions).optional(),
  maxQueryShare: number(0.05, 0.95).optional(),
  onStoreFailure: callback('an error').optional(),
};

/** @throws RetrievalError `invalid-options`, whose `path` leads to the option */
export function checkPrecomputedCrossEncoderOptions(
  options: PrecomputedCrossEncoderOptions,
  origin: string,
): CheckedPrecomputedCrossEncoderOptions {
  const encoder = checkEncoderOptions(options, origin, shape);
  const { store, statePrecision = 'int8', maxQueryShare = 0.5, onStoreFailure = () => {} } = options;
  const { runtime } = options;
  if (typeof runtime === 'object' ? runtime.name !== 'onnxruntime-node' : (runtime ?? 'onnx') !== 'onnx') {
    throw new RetrievalError({
      code: 'invalid-options',
      origin,
      problem: 'runtime is not that of @secondpass/runtime-onnx, which alone splits a graph.',
      nextStep: "Leave it out, or use loadCrossEncoder for another runtime's models.",
      path: ['runtime'],
    });
  }
  return { ...encoder, store, statePrecision, maxQueryShare, onStoreFailure };
}
