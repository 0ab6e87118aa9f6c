import { createRequire } from 'node:module';

/** Version of onnxruntime-node: what another one computes is kept apart in the caches. */
export const runtimeVersion: string = createRequire(import.meta.url)('onnxruntime-node/package.json').version;
