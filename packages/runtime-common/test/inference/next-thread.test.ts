import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nextThread } from '../../src/inference/next-thread.ts';

const thread = fc
  .record({
    msAhead: fc.double({ min: 0.1, max: 40, noNaN: true }),
    urgentTokens: fc.integer({ min: 0, max: 2000 }),
    batches: fc.integer({ min: 0, max: 5 }),
  })
  .map((load) => (load.batches === 0 ? { batches: 0, msAhead: 0, urgentTokens: 0 } : load));
const threads = fc.array(thread, { maxLength: 8 });
const waiting = fc.record({ waitingBatches: fc.integer({ min: 1, max: 20 }), shortIsNext: fc.boolean() });

describe('the next thread', () => {
  test('is an idle one if there is one, and no other if only idle ones may be taken', () => {
    fc.assert(
      fc.property(threads, waiting, fc.boolean(), (all, work, onlyIdle) => {
        const chosen = nextThread(all, work, onlyIdle);
        if (all.some(({ batches }) => batches === 0)) expect(chosen?.batches).toBe(0);
        else if (onlyIdle) expect(chosen).toBeUndefined();
      }),
    );
  });

  test('of busy ones is for a long request the one that is idle first, if that is soon and enough waits for the others', () => {
    fc.assert(
      fc.property(threads, fc.integer({ min: 1, max: 20 }), (all, waitingBatches) => {
        const busy = all.filter(({ batches }) => batches > 0);
        const chosen = nextThread(busy, { waitingBatches, shortIsNext: false });
        const least = Math.min(...busy.map(({ msAhead }) => msAhead));
        if (waitingBatches <= busy.length || least >= 8) expect(chosen).toBeUndefined();
        else expect(chosen?.msAhead).toBe(least);
      }),
    );
  });

  test('is for a short request the one with the fewest urgent tokens, however much else waits there', () => {
    const full = { batches: 2, msAhead: 1, urgentTokens: 600 };
    const long = { batches: 2, msAhead: 1000, urgentTokens: 100 };
    const work = { waitingBatches: 1, shortIsNext: true };
    expect(nextThread([full, long], work)).toBe(long);
    expect(nextThread([full, full], work)).toBeUndefined();
    expect(nextThread([full, { ...long, msAhead: Number.POSITIVE_INFINITY }], work)?.urgentTokens).toBe(100);
  });

  test('is for a short request none that has nothing after a long batch: another may be idle before', () => {
    const alone = { batches: 1, msAhead: 20, urgentTokens: 0 };
    expect(nextThread([alone], { waitingBatches: 3, shortIsNext: true })).toBeUndefined();
    expect(nextThread([{ ...alone, msAhead: 2 }], { waitingBatches: 3, shortIsNext: true })?.batches).toBe(1);
  });
});
