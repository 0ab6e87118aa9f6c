import { describe, expect, test } from '@jest/globals';
import { planBatches } from '../src/inference/batches.ts';
import { Scheduler } from '../src/inference/scheduler.ts';

/** A pool without threads: a batch takes as long as its padded tokens, and what any run costs. */
const workers = 2;
const maxBatchTokens = 256;
const costOfARun = 10;

interface Request {
  readonly lengths: readonly number[];
  readonly arrives: number;
  left: number;
  ends: number;
}

function requestAt(arrives: number, passages: number, random: () => number): Request {
  // Skewed as passages of MS MARCO are: 27 to 209 tokens, 80 on average.
  const lengths = Array.from({ length: passages }, () => Math.round(27 + 182 * random() ** 2.4));
  return { lengths, arrives, left: passages, ends: Number.NaN };
}

/** Plays requests in order of arrival, until all have ended. */
function simulate(requests: readonly Request[]): void {
  const scheduler = new Scheduler<Request>({ workers, maxBatchTokens, joining: true });
  const arriving = requests.toSorted((a, b) => a.arrives - b.arrives);
  const free = new Array(workers).fill(0);
  let next = 0;
  for (;;) {
    const worker = free.indexOf(Math.min(...free));
    while (next < arriving.length && arriving[next]!.arrives <= free[worker]) {
      const request = arriving[next]!;
      const batches = planBatches(request.lengths, maxBatchTokens);
      scheduler.add(
        request,
        batches.map((members) => ({ members, longest: request.lengths[members[0]!]! })),
      );
      next += 1;
    }
    const parts = scheduler.next();
    if (parts) {
      const count = parts.reduce((sum, { members }) => sum + members.length, 0);
      free[worker] += count * Math.max(...parts.map(({ longest }) => longest)) + costOfARun;
      for (const { request, members } of parts) {
        request.left -= members.length;
        request.ends = Math.max(free[worker], Number.isNaN(request.ends) ? 0 : request.ends);
      }
    } else if (next < arriving.length) free[worker] = arriving[next]!.arrives;
    else return;
  }
}

function seeded(): () => number {
  let state = 7;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 0x7fffffff;
  };
}

const quantile = (values: readonly number[], share: number) =>
  values.toSorted((a, b) => a - b)[Math.floor(share * values.length)]!;

describe('16 requests of 50 passages at a time, in simulated time', () => {
  test('take no longer together than one after another', () => {
    const random = seeded();
    const together = Array.from({ length: 16 }, () => requestAt(0, 50, random));
    const alone = together.map((request) => ({ ...request }));
    simulate(together);
    for (const request of alone) simulate([request]);
    const oneByOne = alone.reduce((sum, { ends }) => sum + ends, 0);
    expect(Math.max(...together.map(({ ends }) => ends))).toBeLessThanOrEqual(oneByOne);
  });

  test('leave the 95th percentile of a short request within twice that of its time alone', () => {
    const random = seeded();
    const turn = 60_000;
    const long = Array.from({ length: 320 }, (_, index) =>
      requestAt(Math.floor(index / 16) * turn, 50, random),
    );
    const short = Array.from({ length: 300 }, () => requestAt(Math.round(random() * 20 * turn), 5, random));
    const alone = short.map((request) => ({ ...request, arrives: 0 }));
    simulate([...long, ...short]);
    for (const request of alone) simulate([request]);
    const times = short.map(({ ends, arrives }) => ends - arrives);
    const aloneTimes = alone.map(({ ends }) => ends);
    const ratio = quantile(times, 0.95) / quantile(aloneTimes, 0.95);
    expect([...long, ...short].every(({ left }) => left === 0)).toBe(true);
    expect(ratio).toBeLessThanOrEqual(2);
  });
});
