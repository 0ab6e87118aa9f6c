import { describe, expect, test } from '@jest/globals';
import { compareRequests, quick, slow } from './simulated-pool.ts';

describe('16 requests of 50 passages at a time, in simulated time', () => {
  test.each([192, 256, 384, 512])(
    'take no longer together than one after another, at %d tokens, and none starves',
    (maxBatchTokens) => {
      const { togetherToOneByOne, unfinished } = compareRequests(maxBatchTokens);
      expect(togetherToOneByOne).toBeLessThanOrEqual(1);
      expect(unfinished).toBe(0);
    },
  );

  test.each([
    { maxBatchTokens: 192, msPerToken: quick },
    { maxBatchTokens: 256, msPerToken: quick },
    { maxBatchTokens: 192, msPerToken: slow },
    { maxBatchTokens: 256, msPerToken: slow },
  ])(
    'leave a short one within twice its time alone, medians and 95th percentiles: %j',
    ({ maxBatchTokens, msPerToken }) => {
      const { medianToMedianAlone, p95ToP95Alone } = compareRequests(maxBatchTokens, { msPerToken });
      expect(medianToMedianAlone).toBeLessThanOrEqual(2);
      expect(p95ToP95Alone).toBeLessThanOrEqual(2);
    },
  );
});
