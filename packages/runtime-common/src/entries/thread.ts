export { type FeedSettings, feedsOf, type TensorOf } from '../inference/feeds.ts';
export type { LoadedGraph, OnnxBuild } from '../inference/onnx-build.ts';
export { serveSession } from '../inference/serve-session.ts';
export { inNativeCode } from '../native-code.ts';
export { modelThreadTask } from '../start-model-thread.ts';
