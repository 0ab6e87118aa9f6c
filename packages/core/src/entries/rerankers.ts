import '../foundation/check-node-version.ts';

export { type CalibrateCascadeRequest, calibrateCascade } from '../retrieval/cascade/calibrate-cascade.ts';
export type { CascadeOptions, CascadeStage } from '../retrieval/cascade/cascade-options.ts';
export { cascadeReranker } from '../retrieval/cascade/cascade-reranker.ts';
export type { EarlyExit, ReadPassage } from '../retrieval/cascade/early-exit.ts';
export type { CircuitOptions } from '../retrieval/failover/circuit.ts';
export type {
  FailoverMember,
  FailoverOptions,
  HedgeOptions,
} from '../retrieval/failover/failover-options.ts';
export { failoverReranker } from '../retrieval/failover/failover-reranker.ts';
export { type FairRerankerOptions, fairReranker } from '../retrieval/fairness/fair-reranker.ts';
export { type CachedRerankerOptions, cachedReranker } from '../retrieval/score-cache/cached-reranker.ts';
export {
  ScoreCache,
  type ScoreCacheOptions,
  type ScoreCacheStats,
} from '../retrieval/score-cache/score-cache.ts';
