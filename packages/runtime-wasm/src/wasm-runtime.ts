import type { ModelRuntime } from '@secondpass/core/runtime';
import { openTokenizer } from '@secondpass/runtime-common';
import { openSession } from './open-session.ts';

/**
 * Local models by ONNX Runtime's WebAssembly build, in worker threads: for platforms that its native build does not run on.
 * Tokenizers are the same native library as with `@secondpass/runtime-onnx`, which has builds for more platforms. Importing
 * this package loads neither until a model is opened.
 */
export const wasmRuntime: ModelRuntime = {
  name: 'onnxruntime-web',
  openTokenizer,
  openSession,
};
