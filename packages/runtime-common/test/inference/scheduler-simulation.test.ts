import { describe, expect, test } from '@jest/globals';
import { compareRequests } from './simulated-pool.ts';

describe('16 requests of 50 passages at a time, in simulated time', () => {
  test.each([192, 256, 384, 512])(
    'take no longer together than one after another, at %d tokens, and none starves',
    (maxBatchTokens) => {
      const { togetherToOneByOne, unfinished } = compareRequests(maxBatchTokens);
      expect(togetherToOneByOne).toBeLessThanOrEqual(1);
      expect(unfinished).toBe(0);
    },
  );

  test.each([192, 256])(
    'leave a short one within twice its time alone, medians and 95th percentiles, at %d tokens',
    (maxBatchTokens) => {
      const { medianToMedianAlone, p95ToP95Alone } = compareRequests(maxBatchTokens);
      expect(medianToMedianAlone).toBeLessThanOrEqual(2);
      expect(p95ToP95Alone).toBeLessThanOrEqual(2);
    },
  );
});
