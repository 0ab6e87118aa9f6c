import { describe, expect, test } from '@jest/globals';
import { planBatches } from '../../src/inference/batches.ts';
import { OwnerShare } from '../../src/inference/owner-share.ts';
import type { WaitingBatches } from '../../src/inference/request-turns.ts';
import { type BatchPart, Scheduler } from '../../src/inference/scheduler.ts';

/** A pool without threads: a batch takes as long as its padded tokens, and what any run costs. */
const workers = 2;
const maxBatchTokens = 256;
const costOfARun = 10;

interface Request {
  readonly caller: string;
  readonly tenant?: string;
  readonly lengths: readonly number[];
  readonly arrives: number;
  left: number;
}

class Simulation {
  readonly #scheduler = new Scheduler<Request>({ workers, maxBatchTokens, joining: true });
  readonly #running: { readonly ends: number; readonly parts: readonly BatchPart<Request>[] }[] = [];
  readonly #onEnd: (request: Request) => void;
  readonly #later: { readonly at: number; readonly what: () => void }[] = [];
  readonly done = new Map<string, number>();
  now = 0;

  constructor(onEnd: (request: Request) => void) {
    this.#onEnd = onEnd;
  }

  ask(lengths: readonly number[], caller: string, tenant?: string): void {
    const named = { caller, ...(tenant !== undefined && { tenant }) };
    const request = { ...named, lengths, arrives: this.now, left: lengths.length };
    const batches = planBatches(lengths, maxBatchTokens);
    this.#scheduler.add(
      request,
      batches.map((members) => ({ members, longest: lengths[members[0]!]! })),
      request,
    );
  }

  after(time: number, what: () => void): void {
    this.#later.push({ at: this.now + time, what });
  }

  run(until: number): void {
    while (this.now < until) {
      while (this.#running.length < workers) {
        const parts = this.#scheduler.next();
        if (!parts) break;
        const count = parts.reduce((sum, { members }) => sum + members.length, 0);
        const padded = count * Math.max(...parts.map(({ longest }) => longest));
        this.#running.push({ ends: this.now + padded + costOfARun, parts });
      }
      const events = [...this.#running.map(({ ends }) => ends), ...this.#later.map(({ at }) => at)];
      this.now = Math.min(until, ...events);
      for (const one of this.#later.filter(({ at }) => at <= this.now)) {
        this.#later.splice(this.#later.indexOf(one), 1);
        one.what();
      }
      for (const batch of this.#running.filter(({ ends }) => ends <= this.now)) {
        this.#running.splice(this.#running.indexOf(batch), 1);
        for (const { request, members } of batch.parts) this.#receive(request, members.length);
      }
    }
  }

  #receive(request: Request, count: number): void {
    this.done.set(request.caller, (this.done.get(request.caller) ?? 0) + count);
    request.left -= count;
    if (request.left === 0) this.#onEnd(request);
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

/** Times of requests of one caller, each asked for after a pause, with 200 requests of others or without. */
function timesOf(
  passages: number,
  pause: number,
  others?: { readonly passages: number; readonly nameOf: (number: number) => Partial<Request> },
): { readonly times: readonly number[]; readonly done: ReadonlyMap<string, number> } {
  const random = seeded();
  const lengths = (count: number) =>
    Array.from({ length: count }, () => Math.round(27 + 182 * random() ** 2.4));
  const times: number[] = [];
  let number = 0;
  const askOther = () => {
    const { caller = 'flood', tenant } = others!.nameOf(number++);
    simulation.ask(lengths(others!.passages), caller, tenant);
  };
  const askOwn = () => simulation.ask(lengths(passages), 'calm');
  const simulation: Simulation = new Simulation((request) => {
    if (request.caller !== 'calm') return askOther();
    times.push(simulation.now - request.arrives);
    simulation.after(pause, askOwn);
  });
  if (others) for (let count = 0; count < 200; count += 1) askOther();
  simulation.after(5_000, askOwn);
  simulation.run(1_500_000);
  return { times, done: simulation.done };
}

const flooders = {
  'one caller': () => ({ caller: 'flood' }),
  'a tenant for each request': (number: number) => ({ caller: 'flood', tenant: `made up ${number}` }),
};

describe.each(Object.entries(flooders))('200 requests of %s, in simulated time', (_, nameOf) => {
  test.each([
    [10, 10],
    [10, 100],
    [100, 10],
    [100, 100],
  ])(
    'of %d passages: another caller’s of %d take at most three times as long as alone',
    (flood, passages) => {
      const alone = timesOf(passages, 1).times;
      const beside = timesOf(passages, 1, { passages: flood, nameOf }).times;
      expect(beside.length).toBeGreaterThan(50);
      expect(quantile(beside, 0.5) / quantile(alone, 0.5)).toBeLessThanOrEqual(2.5);
      expect(quantile(beside, 0.95) / quantile(alone, 0.95)).toBeLessThanOrEqual(3);
    },
  );

  test.each([10, 100])('of %d passages: a short one now and then takes less than twice as long', (flood) => {
    const alone = timesOf(10, 20_000).times;
    const beside = timesOf(10, 20_000, { passages: flood, nameOf }).times;
    expect(quantile(beside, 0.95) / quantile(alone, 0.95)).toBeLessThanOrEqual(2);
  });

  test('a caller that always asks gets half, and the flood the other half', () => {
    const { done } = timesOf(100, 0, { passages: 10, nameOf });
    const share = done.get('calm')! / (done.get('calm')! + done.get('flood')!);
    expect(share).toBeGreaterThan(0.4);
    expect(share).toBeLessThan(0.55);
  });
});

test('without names, they wait for the flood', () => {
  const nobody = () => ({ caller: 'calm' });
  const alone = timesOf(10, 1).times;
  const beside = timesOf(10, 1, { passages: 10, nameOf: nobody }).times;
  expect(quantile(beside, 0.5) / quantile(alone, 0.5)).toBeGreaterThan(15);
});

test('tenants whose names are made up for each request do not keep another of the caller waiting', () => {
  const simulation: Simulation = new Simulation(({ tenant }) => {
    if (tenant === 'honest') ended = true;
    else askMadeUp();
  });
  let [ended, number] = [false, 0];
  const askMadeUp = () => {
    number += 1;
    simulation.ask([120], 'one', `made up ${number}`);
  };
  for (let count = 0; count < 50; count += 1) askMadeUp();
  simulation.ask(new Array(100).fill(80), 'one', 'honest');
  simulation.run(4_000_000);
  expect(ended).toBe(true);
});

test('names that are made up are forgotten, also while somebody always waits', () => {
  const root = new OwnerShare<WaitingBatches>({ workers, maxBatchTokens });
  const busy = root.child('busy').child('');
  busy.enter();
  for (let turn = 0; turn < 10_000; turn += 1) {
    const made = root.child(`made up ${turn}`).child('');
    made.enter();
    for (let share = root.next()!; ; share = root.next()!) {
      share.receive(100);
      if (share === made) break;
    }
    made.leave();
  }
  expect(root.size).toBeLessThan(600);
  busy.leave();
  expect(root.size).toBe(0);
});
