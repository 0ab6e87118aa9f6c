import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { planBatches, planRankedBatches } from '../../src/inference/batches.ts';
import { type BatchPart, Scheduler, type SchedulerOptions } from '../../src/inference/scheduler.ts';

interface Request {
  readonly name: number;
  readonly lengths: readonly number[];
}

const longest = 300;
const lengths = fc.array(fc.integer({ min: 1, max: longest }), { minLength: 1, maxLength: 40 });
const options = fc.record({
  workers: fc.integer({ min: 1, max: 4 }),
  maxBatchTokens: fc.integer({ min: 64, max: 1024 }),
  joining: fc.boolean(),
});
const steps = fc.array(
  fc.oneof(
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('add' as const), lengths }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('next' as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('remove' as const), place: fc.nat({ max: 1000 }) }),
    },
  ),
  { maxLength: 60 },
);

function planned({ lengths }: Request, maxBatchTokens: number, plan = planBatches) {
  return plan(lengths, maxBatchTokens).map((members) => ({
    members,
    longest: Math.max(...members.map((index) => lengths[index]!)),
  }));
}

const tokensOf = ({ members, longest }: BatchPart<Request>) => members.length * longest;

/** Plays the steps and then empties the queue. */
function play(
  settings: SchedulerOptions,
  moves: typeof steps extends fc.Arbitrary<infer T> ? T : never,
  onBatch: (parts: readonly BatchPart<Request>[], waiting: readonly Request[]) => void = () => {},
) {
  const scheduler = new Scheduler<Request>(settings);
  const requests: Request[] = [];
  const removed = new Set<Request>();
  const done = new Map<Request, number[]>();
  const next = () => {
    const before = requests.filter(
      (request) => !removed.has(request) && done.get(request)!.length < request.lengths.length,
    );
    const parts = scheduler.next();
    expect(parts === undefined).toBe(before.length === 0);
    if (!parts) return false;
    for (const { request, members } of parts) done.get(request)!.push(...members);
    onBatch(parts, before);
    return true;
  };
  for (const move of moves) {
    if (move.kind === 'add') {
      const request = { name: requests.length, lengths: move.lengths };
      requests.push(request);
      done.set(request, []);
      scheduler.add(request, planned(request, settings.maxBatchTokens));
    } else if (move.kind === 'remove' && requests.length > 0) {
      const request = requests[move.place % requests.length]!;
      scheduler.remove(request);
      removed.add(request);
    } else if (move.kind === 'next') next();
  }
  while (next());
  expect(scheduler.waitingBatches).toBe(0);
  return { requests, removed, done };
}

describe('the scheduler', () => {
  test('runs every sequence exactly once, and of a removed request none afterwards', () => {
    fc.assert(
      fc.property(options, steps, (settings, moves) => {
        const { requests, removed, done } = play(settings, moves);
        for (const request of requests) {
          const ran = done.get(request)!;
          expect(new Set(ran).size).toBe(ran.length);
          if (!removed.has(request)) expect(ran).toHaveLength(request.lengths.length);
        }
      }),
    );
  });

  test('keeps to the budget, and joins requests only where it may', () => {
    fc.assert(
      fc.property(options, steps, (settings, moves) => {
        play(settings, moves, (parts) => {
          const count = parts.reduce((sum, { members }) => sum + members.length, 0);
          const padded = count * Math.max(...parts.map((part) => part.longest));
          expect(count === 1 || padded <= settings.maxBatchTokens).toBe(true);
          expect(settings.joining || parts.length === 1).toBe(true);
          expect(new Set(parts.map(({ request }) => request)).size).toBe(parts.length);
          // Joining pads no more than a run of its own would cost each time.
          const alone = parts.reduce((sum, part) => sum + tokensOf(part), 0);
          expect(padded - alone).toBeLessThanOrEqual(32 * (parts.length - 1));
        });
      }),
    );
  });

  test('gives a waiting request its turn after one of each other one, and 512 tokens of short ones per worker before each', () => {
    fc.assert(
      fc.property(options, steps, (settings, moves) => {
        const sinceTurn = new Map<Request, Map<Request, number>>();
        const fits = (request: Request) => Math.max(...request.lengths) <= settings.maxBatchTokens;
        const isLong = (request: Request) =>
          planned(request, settings.maxBatchTokens).reduce((sum, { members, longest }) => {
            return sum + members.length * longest;
          }, 0) > 1024;
        let shortTokens = 0;
        play(settings, moves, (parts, waiting) => {
          const [lead] = parts;
          const padded =
            Math.max(...parts.map(({ longest }) => longest)) *
            parts.reduce((sum, { members }) => sum + members.length, 0);
          // What ran before a long request came is not its wait: an empty queue forgets it.
          if (isLong(lead!.request) || !waiting.some(isLong)) shortTokens = 0;
          else {
            expect(shortTokens).toBeLessThan(512 * settings.workers);
            shortTokens += padded;
          }
          for (const request of waiting.filter(isLong)) {
            if (request === lead!.request) {
              sinceTurn.set(request, new Map());
              continue;
            }
            const others = sinceTurn.get(request) ?? new Map<Request, number>();
            sinceTurn.set(request, others);
            others.set(lead!.request, (others.get(lead!.request) ?? 0) + 1);
            if (fits(request)) {
              for (const [other, turns] of others) expect(!isLong(other) || turns <= 2).toBe(true);
            }
          }
        });
      }),
    );
  });

  test('gives requests of many batches equal shares in tokens, however long their sequences are', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 16, max: 400 }),
        fc.array(fc.integer({ min: 20, max: longest }), { minLength: 2, maxLength: 6 }),
        (maxBatchTokens, each) => {
          const scheduler = new Scheduler<Request>({ workers: 2, maxBatchTokens, joining: true });
          const served = new Map<Request, number>();
          for (const [name, length] of each.entries()) {
            const request = { name, lengths: new Array(400).fill(length) };
            served.set(request, 0);
            scheduler.add(request, planned(request, maxBatchTokens));
          }
          // A turn may leave part of the budget empty, which no later turn makes up for; full turns are equal.
          const share = (length: number) =>
            length > maxBatchTokens ? 1 : (Math.floor(maxBatchTokens / length) * length) / maxBatchTokens;
          for (let batch = 0; batch < 100; batch += 1) {
            for (const part of scheduler.next()!) {
              served.set(part.request, served.get(part.request)! + tokensOf(part));
            }
            const fair = [...served].map(([{ lengths: own }, tokens]) => tokens / share(own[0]!));
            expect(Math.max(...fair) - Math.min(...fair)).toBeLessThanOrEqual(
              2 * Math.max(maxBatchTokens, longest),
            );
            if ([...served].some(([{ lengths: own }, tokens]) => tokens > own[0]! * 360)) break;
          }
        },
      ),
    );
  });

  test('lets a short request run next, ahead of many long ones', () => {
    const scheduler = new Scheduler<Request>({ workers: 2, maxBatchTokens: 256, joining: true });
    const long = Array.from({ length: 16 }, (_, name) => ({ name, lengths: new Array(50).fill(80) }));
    for (const request of long) scheduler.add(request, planned(request, 256));
    for (let batch = 0; batch < 7; batch += 1) scheduler.next();
    for (const name of [98, 99]) {
      const short = { name, lengths: new Array(9).fill(80) };
      scheduler.add(short, planned(short, 256));
    }
    const next = Array.from({ length: 8 }, () => scheduler.next()![0]!.request.name);
    // 512 tokens for each worker, and then a batch of somebody who waits.
    expect(next).toEqual([98, 98, 98, 99, 99, 7, 99, 8]);
  });

  test.each([64, 256, 1024])(
    'counts 12 passages as short and 16 as long at a budget of %d tokens',
    (budget) => {
      const scheduler = new Scheduler<Request>({ workers: 1, maxBatchTokens: budget, joining: false });
      for (const [name, count] of [40, 16, 12].entries()) {
        const request = { name, lengths: new Array(count).fill(80) };
        scheduler.add(request, planned(request, budget));
      }
      expect([scheduler.next()![0]!.request.name, scheduler.waitingBatches > 0]).toEqual([2, true]);
      let batch = scheduler.next();
      while (batch![0]!.request.name === 2) batch = scheduler.next();
      expect(batch![0]!.request.name).toBe(0);
    },
  );

  test('runs short requests of similar length as one batch, and leaves others for their own', () => {
    const scheduler = new Scheduler<Request>({ workers: 1, maxBatchTokens: 256, joining: true });
    for (const [name, length] of [30, 32, 120, 31].entries()) {
      const request = { name, lengths: [length] };
      scheduler.add(request, planned(request, 256));
    }
    const names = () => scheduler.next()?.map(({ request }) => request.name);
    expect([names(), names(), names()]).toEqual([[0, 1, 3], [2], undefined]);
  });

  test('adds, hands out and removes 30,000 requests in the time of as many steps', () => {
    const scheduler = new Scheduler<Request>({ workers: 2, maxBatchTokens: 64, joining: true });
    const requests = Array.from({ length: 30_000 }, (_, name) => ({ name, lengths: [60, 60, name % 50] }));
    const started = performance.now();
    for (const request of requests) scheduler.add(request, planned(request, 64));
    for (let batch = 0; batch < 30_000; batch += 1) scheduler.next();
    for (const request of requests) scheduler.remove(request);
    expect(scheduler.next()).toBeUndefined();
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describe('planTieredBatches', () => {
  test('finishes the best ranked sequences before it begins with later ones', () => {
    fc.assert(
      fc.property(lengths, fc.integer({ min: 16, max: 1024 }), (tokens, maxBatchTokens) => {
        const batches = planRankedBatches(tokens, maxBatchTokens);
        expect(batches.flat().toSorted((a, b) => a - b)).toEqual([...tokens.keys()]);
        let done = 0;
        for (const batch of batches) {
          const padded = batch.length * Math.max(...batch.map((index) => tokens[index]!));
          expect(batch.length === 1 || padded <= maxBatchTokens).toBe(true);
          // Whatever is run before its time lies within a tier: about four batches of tokens ahead.
          const ahead = tokens.slice(done, Math.max(...batch)).reduce((sum, length) => sum + length, 0);
          expect(ahead).toBeLessThanOrEqual(4 * maxBatchTokens + longest);
          const ran = new Set(batches.slice(0, batches.indexOf(batch) + 1).flat());
          while (ran.has(done)) done += 1;
        }
      }),
    );
  });

  test('sorts by length within a tier', () => {
    const tokens = [10, 90, 10, 90, 10, 90, 10, 90];
    expect(planRankedBatches(tokens, 180)[0]).toEqual([1, 3]);
  });
});
