import { describe, expect, test } from '@jest/globals';
import { planBatches } from '../../src/inference/batches.ts';
import { type BatchPart, Scheduler } from '../../src/inference/scheduler.ts';

/** A pool without threads: a batch takes as long as its padded tokens, and what any run costs. */
const workers = 2;
const costOfARun = 10;

interface Request {
  readonly lengths: readonly number[];
  arrives: number;
  left: number;
  ends: number;
}

interface Play {
  readonly requests: readonly Request[];
  readonly maxBatchTokens: number;
  /** Called at the end of each request: what comes in its place, if anything. */
  readonly follow?: (ended: Request) => Request | undefined;
}

function requestAt(arrives: number, passages: number, random: () => number): Request {
  // Skewed as passages of MS MARCO are: 27 to 209 tokens, 80 on average.
  const lengths = Array.from({ length: passages }, () => Math.round(27 + 182 * random() ** 2.4));
  return { lengths, arrives, left: passages, ends: Number.NaN };
}

/** Plays requests from their arrival until all have ended. */
function simulate({ requests, maxBatchTokens, follow }: Play): void {
  const scheduler = new Scheduler<Request>({ workers, maxBatchTokens, joining: true });
  const arriving = requests.toSorted((a, b) => a.arrives - b.arrives);
  const running: { ends: number; parts: readonly BatchPart<Request>[] }[] = [];
  let now = 0;
  let next = 0;
  const add = (request: Request) => {
    const batches = planBatches(request.lengths, maxBatchTokens);
    scheduler.add(
      request,
      batches.map((members) => ({ members, longest: request.lengths[members[0]!]! })),
    );
  };
  const end = (request: Request) => {
    request.ends = now;
    const following = follow?.(request);
    if (following) add(Object.assign(following, { arrives: now }));
  };
  for (;;) {
    for (const batch of running.filter(({ ends }) => ends <= now)) {
      running.splice(running.indexOf(batch), 1);
      for (const { request, members } of batch.parts) {
        request.left -= members.length;
        if (request.left === 0) end(request);
      }
    }
    while (next < arriving.length && arriving[next]!.arrives <= now) add(arriving[next++]!);
    while (running.length < workers) {
      const parts = scheduler.next();
      if (!parts) break;
      const count = parts.reduce((sum, { members }) => sum + members.length, 0);
      const padded = count * Math.max(...parts.map(({ longest }) => longest));
      running.push({ ends: now + padded + costOfARun, parts });
    }
    now = Math.min(...running.map(({ ends }) => ends), arriving[next]?.arrives ?? Number.POSITIVE_INFINITY);
    if (now === Number.POSITIVE_INFINITY) return;
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
  test.each([192, 256, 384, 512])(
    'take no longer together than one after another, at %d tokens',
    (maxBatchTokens) => {
      const random = seeded();
      const together = Array.from({ length: 16 }, () => requestAt(0, 50, random));
      const alone = together.map((request) => ({ ...request }));
      simulate({ requests: together, maxBatchTokens });
      for (const request of alone) simulate({ requests: [request], maxBatchTokens });
      const oneByOne = alone.reduce((sum, { ends }) => sum + ends, 0);
      expect(Math.max(...together.map(({ ends }) => ends))).toBeLessThanOrEqual(oneByOne);
    },
  );

  test.each([192, 256, 384, 512])(
    'leave a short one within twice its time alone, medians and 95th percentiles, at %d tokens',
    (maxBatchTokens) => {
      const random = seeded();
      const until = 1_000_000;
      const long = Array.from({ length: 16 }, () => requestAt(0, 50, random));
      // From then on there are 16 at every moment: whenever one ends, another comes.
      const follow = (ended: Request) =>
        ended.lengths.length === 50 && ended.ends < until ? requestAt(0, 50, random) : undefined;
      const short = Array.from({ length: 300 }, () =>
        requestAt(20_000 + random() * (until - 40_000), 5, random),
      );
      const alone = short.map((request) => ({ ...request, arrives: 0 }));
      simulate({ requests: [...long, ...short], maxBatchTokens, follow });
      for (const request of alone) simulate({ requests: [request], maxBatchTokens });
      const times = short.map(({ ends, arrives }) => ends - arrives);
      const aloneTimes = alone.map(({ ends }) => ends);
      const ratio = (share: number) => quantile(times, share) / quantile(aloneTimes, share);
      expect([...long, ...short].every(({ left }) => left === 0)).toBe(true);
      expect(ratio(0.5)).toBeLessThanOrEqual(2);
      expect(ratio(0.95)).toBeLessThanOrEqual(2);
    },
  );
});
