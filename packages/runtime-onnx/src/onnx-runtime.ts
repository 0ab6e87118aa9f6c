import type { ModelRuntime } from '@secondpass/core/runtime';
import { openTokenizer } from '@secondpass/runtime-common';
import { writeActivationRanges } from './graph/int8/write-ranges.ts';
import { openSession } from './inference/open-session.ts';
import { unsupportedPlatform } from './unsupported-platform.ts';

/**
 * Local models by ONNX Runtime's native library, in worker threads, and by Hugging Face's native tokenizers, in this
 * process for files that are known to be safe, and otherwise in another one. Local models use it by default;
 * importing this package loads neither library until a model is opened.
 */
export const onnxRuntime: ModelRuntime = {
  name: 'onnxruntime-node',
  openTokenizer,
  openSession,
  calibrate: writeActivationRanges,
  unsupported: () => unsupportedPlatform(),
};
