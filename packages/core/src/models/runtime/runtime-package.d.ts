import type { ModelRuntime } from './model-runtime.ts';

/** What core uses of `@secondpass/runtime-onnx`, by `paths` in tsconfig.json: core is built before that package. */
export declare const onnxRuntime: ModelRuntime;
