import type { ServiceKind } from '../src/index.ts';

export const testKind: ServiceKind = {
  failed: 'rerank-failed',
  unreachable: 'reranker-unreachable',
  longestAnswer: (sentBytes) => 1024 * 1024 + 8 * sentBytes,
  nextSteps: { key: 'Set a key.', tooLarge: 'Send less.', tooSlow: 'Wait longer.', unusable: 'Check url.' },
};
