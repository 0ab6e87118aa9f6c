export { cpuQuota } from '@secondpass/runtime-common';
export { graphCacheDirectory, type OptimizedGraph } from './graph/graph-cache.ts';
export { type OptimizeModelOptions, optimizeModel } from './graph/optimize-model.ts';
export type { OptimizationReport } from './graph/optimizer-report.ts';
export type { PassReport } from './graph/passes/pass.ts';
export {
  type TuneBatchTokensOptions,
  type TuneBatchTokensResult,
  tuneBatchTokens,
} from './inference/tune-batch-tokens.ts';
export type { Tuning } from './inference/tuned-batch-tokens.ts';
export { onnxRuntime } from './onnx-runtime.ts';
