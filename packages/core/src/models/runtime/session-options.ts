import type { Precision } from '../model-directory/model-directory.ts';
import type { OnWarning } from './model-warning.ts';

/** ONNX Runtime's providers, by the names that its Node.js package gives them. */
export const executionProviders = ['cpu', 'cuda', 'tensorrt', 'coreml', 'dml', 'openvino', 'webgpu'] as const;
/** What ONNX Runtime computes with, by the names of its Node.js package. */
export type ExecutionProvider = (typeof executionProviders)[number];

/** Options as a runtime reads them. The runtime chooses what is undefined. */
export interface CheckedEncoderOptions {
  readonly precision: Precision | undefined;
  readonly workers: number | undefined;
  readonly maxBatchTokens: number | undefined;
  readonly maxQueuedBatches: number;
  readonly executionProvider: ExecutionProvider;
  readonly optimize: boolean;
  readonly onWarning: OnWarning | undefined;
}
