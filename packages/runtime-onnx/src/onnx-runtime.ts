import type { ModelRuntime } from '@secondpass/core/runtime';
import { writeActivationRanges } from './graph/int8/write-ranges.ts';
import { openSession } from './inference/open-session.ts';

/**
 * Local models by ONNX Runtime's native library, in worker threads, and by Hugging Face's native tokenizers. Local models
 * use it by default; importing this package loads neither library until a model is opened.
 */
export const onnxRuntime: ModelRuntime = {
  name: 'onnxruntime-node',
  async openTokenizer(directory, options) {
    const { HuggingFaceTokenizer } = await import('./tokenizer/hugging-face-tokenizer.ts');
    return HuggingFaceTokenizer.open(directory, options);
  },
  openSession,
  calibrate: writeActivationRanges,
};
