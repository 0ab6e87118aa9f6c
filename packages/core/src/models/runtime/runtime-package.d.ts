import type { ModelRuntime } from './model-runtime.ts';

/** What core uses of the runtimes' packages, by `paths` in tsconfig.json: core is built before them. */
export declare const onnxRuntime: ModelRuntime;
export declare const wasmRuntime: ModelRuntime;
