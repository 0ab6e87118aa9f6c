import { createRequire } from 'node:module';

/** Version of onnxruntime-node: caches keep the results of each version separately. */
export const runtimeVersion: string = createRequire(import.meta.url)('onnxruntime-node/package.json').version;
