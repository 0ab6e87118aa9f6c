import { type EncoderOptions, RetrievalError } from '@secondpass/core';
import { describeAsJson, describeValue } from '@secondpass/core/extend';
import { checkEncoderOptions } from '@secondpass/core/runtime';
import { type StatePrecision, statePrecisions } from './compress-states.ts';
import { isStore, type PassageStateStore } from './passage-state-store.ts';
import type { PrecomputedPassagesOptions } from './precomputed-passages.ts';

/** How a cross-encoder in two parts is run, and where passages are kept. */
export interface PrecomputedCrossEncoderOptions extends EncoderOptions {
  /**
   * Where passage states are, and what is computed is kept: a store that you opened, which stays open, or the options of a
   * {@link PrecomputedPassages}, which is opened for the model and closed with it.
   */
  readonly store: PassageStateStore | PrecomputedPassagesOptions;
  /** What states are kept in; two precisions do not share entries. @default 'int8' */
  readonly statePrecision?: StatePrecision;
  /** The share of a pair that a query may take, from 0.05 to 0.95; what is above is cut and counted. @default 0.5 */
  readonly maxQueryShare?: number;
  /**
   * Told when the store fails, with its error: the passages are computed, or not kept, and the answer is the same. It
   * must not throw. @default nothing
   */
  readonly onStoreFailure?: (error: unknown) => void;
}

export type CheckedPrecomputedCrossEncoderOptions = ReturnType<typeof checkEncoderOptions> &
  Required<
    Pick<PrecomputedCrossEncoderOptions, 'store' | 'statePrecision' | 'maxQueryShare' | 'onStoreFailure'>
  >;

/** @throws RetrievalError `invalid-options`, naming the option */
export function checkPrecomputedCrossEncoderOptions(
  options: PrecomputedCrossEncoderOptions,
  origin: string,
): CheckedPrecomputedCrossEncoderOptions {
  const { store, statePrecision = 'int8', maxQueryShare = 0.5, onStoreFailure = () => {} } = options;
  if (!isStore(store) && typeof store?.directory !== 'string') {
    refuse(
      origin,
      'store is missing',
      'Pass { directory, maxBytes }, or a store of PrecomputedPassages.open',
    );
  }
  if (!statePrecisions.includes(statePrecision)) {
    refuse(
      origin,
      `statePrecision is ${describeAsJson(statePrecision)}`,
      `Use one of ${statePrecisions.join(', ')}`,
    );
  }
  if (typeof maxQueryShare !== 'number' || !(maxQueryShare >= 0.05 && maxQueryShare <= 0.95)) {
    refuse(origin, `maxQueryShare is ${describeValue(maxQueryShare)}`, 'Use a number from 0.05 to 0.95');
  }
  if (typeof onStoreFailure !== 'function') {
    refuse(origin, 'onStoreFailure is not a function', 'Pass a function that takes an error');
  }
  const checked = checkEncoderOptions(options, origin);
  const { runtime } = options;
  if (typeof runtime === 'object' ? runtime.name !== 'onnxruntime-node' : (runtime ?? 'onnx') !== 'onnx') {
    refuse(
      origin,
      'runtime is not that of @secondpass/runtime-onnx, which alone splits a graph',
      "Leave it out, or use loadCrossEncoder for another runtime's models",
    );
  }
  return { ...checked, store, statePrecision, maxQueryShare, onStoreFailure };
}

function refuse(origin: string, problem: string, nextStep: string): never {
  throw new RetrievalError({
    code: 'invalid-options',
    origin,
    problem: `${problem}.`,
    nextStep: `${nextStep}.`,
  });
}
