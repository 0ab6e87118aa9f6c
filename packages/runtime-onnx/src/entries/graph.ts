export { startModelThread } from '@secondpass/runtime-common';
export { Graph } from '../graph/graph.ts';
export { graphToRun } from '../graph/graph-to-run.ts';
export { decodeModel, encodeModel } from '../graph/onnx/onnx-codec.ts';
export type { ModelProto, ValueInfoProto } from '../graph/onnx/onnx-proto.ts';
export { dataType } from '../graph/onnx/tensor-values.ts';
export { batchTokensFor } from '../inference/tuned-batch-tokens.ts';
export { runtimeVersion } from '../runtime-version.ts';
