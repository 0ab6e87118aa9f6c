export { wasmRuntime } from './wasm-runtime.ts';
