export { planBatches } from './inference/batches.ts';
export { cpuQuota, defaultWorkers } from './inference/cpu-quota.ts';
export { defaultBatchTokens } from './inference/default-sizes.ts';
export { openPooledSession, type PooledGraph } from './inference/open-pooled-session.ts';
export { SessionPool } from './inference/session-pool.ts';
export { withoutNativeRuntime } from './inference/start-failure.ts';
export { isMusl, platformName } from './platform.ts';
export { startModelThread } from './start-model-thread.ts';
export { openTokenizer } from './tokenizer/open-tokenizer.ts';
