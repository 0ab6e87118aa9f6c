import { describe, expect, test } from '@jest/globals';
import { FairQueue } from '../../../src/retrieval/fairness/fair-queue.ts';
import { ShareNode } from '../../../src/retrieval/fairness/share-node.ts';

const never = new AbortController().signal;
const open = (more: Partial<ConstructorParameters<typeof FairQueue>[0]> = {}) =>
  new FairQueue({ origin: 'queue', maxInWork: 100, maxQueued: 1000, maxQueuedCharacters: 1e9, ...more });

/** `caller`, or `caller/tenant`. */
const ownerOf = (who: string) => {
  const [caller = '', tenant] = who.split('/');
  return { caller, tenant };
};
const sized = (cost: number) => ({ cost, characters: cost });

/** Asks for turns at once and holds each of them until `next` ends the one that began first. */
function asking(queue: FairQueue) {
  const begun: { readonly who: string; readonly end: () => void }[] = [];
  const order: string[] = [];
  const ask = (who: string, cost: number, signal = never) =>
    queue.turn(ownerOf(who), sized(cost), signal).then(({ end }) => {
      begun.push({ who, end });
      order.push(who);
    });
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  const next = async () => {
    begun.shift()!.end();
    await settle();
  };
  return { ask, next, order, settle };
}

describe('turns', () => {
  test('of one caller come in its order, as many at once as there is room for', async () => {
    const queue = open();
    const { ask, next, order, settle } = asking(queue);
    for (const cost of [40, 40, 40, 40]) void ask('a', cost);
    await settle();
    expect([order.length, queue.queued, queue.queuedCharacters, queue.inWork]).toEqual([2, 2, 80, 2]);
    await next();
    expect(order).toHaveLength(3);
    await next();
    await next();
    await next();
    expect([order.length, queue.queued, queue.inWork]).toEqual([4, 0, 0]);
  });

  test('are shared by cost, however many requests a caller sends', async () => {
    const queue = open();
    const { ask, next, order, settle } = asking(queue);
    for (let turn = 0; turn < 100; turn += 1) void ask('many', 50);
    await settle();
    for (let turn = 0; turn < 4; turn += 1) void ask('few', 50);
    await settle();
    // One of them begins at once beside what is in work, the others every other time.
    expect(order.slice(2)).toEqual(['few']);
    for (let turn = 0; turn < 8; turn += 1) await next();
    const after = order.slice(0, 11);
    expect(after.filter((who) => who === 'few')).toHaveLength(4);
  });

  test('a request above the room runs alone for its caller, and does not hold up another one', async () => {
    const queue = open();
    const { ask, next, order, settle } = asking(queue);
    void ask('a', 10_000);
    void ask('a', 10);
    void ask('b', 10);
    await settle();
    expect(order).toEqual(['a', 'b']);
    await next();
    expect(order).toEqual(['a', 'b', 'a']);
  });

  test('nobody saves up turns while he asks for nothing', async () => {
    const queue = open({ maxInWork: 10 });
    const { ask, next, order, settle } = asking(queue);
    for (let turn = 0; turn < 20; turn += 1) void ask('busy', 10);
    await settle();
    for (let turn = 0; turn < 10; turn += 1) await next();
    for (let turn = 0; turn < 6; turn += 1) void ask('late', 10);
    await settle();
    const before = order.length;
    for (let turn = 0; turn < 8; turn += 1) await next();
    const late = order.slice(before).filter((who) => who === 'late').length;
    expect(late).toBeGreaterThanOrEqual(3);
    expect(late).toBeLessThanOrEqual(5);
  });
});

describe('too much', () => {
  test.each([
    ['requests of one caller', { maxQueued: 2 }],
    ['characters in all', { maxQueuedCharacters: 250 }],
  ])('%s are refused at once, and leave the others as they are', async (_, limits) => {
    const queue = open(limits);
    const { ask, settle } = asking(queue);
    void ask('a', 100);
    void ask('a', 100);
    void ask('a', 100);
    await settle();
    await expect(queue.turn({ caller: 'a' }, sized(100), never)).rejects.toMatchObject({
      code: 'overloaded',
      retryAfterMs: 1000,
    });
    expect([queue.queued, queue.inWork]).toEqual([2, 1]);
    // Another caller still gets a turn.
    await expect(queue.turn({ caller: 'b' }, sized(100), never)).resolves.toBeDefined();
  });

  test('how long it takes is told by the rate of late, from one second to sixty', async () => {
    const queue = open({ maxInWork: 1 });
    expect(queue.secondsUntilServed).toBe(1);
    for (let turn = 0; turn < 3; turn += 1) {
      const { end } = await queue.turn({ caller: 'a' }, sized(100), never);
      await new Promise((resolve) => setTimeout(resolve, 20));
      end();
    }
    void queue.turn({ caller: 'a' }, sized(1), never);
    // About 5,000 in a second.
    void queue.turn({ caller: 'a' }, sized(50_000), never);
    expect(queue.secondsUntilServed).toBeGreaterThan(3);
    expect(queue.secondsUntilServed).toBeLessThan(60);
    void queue.turn({ caller: 'a' }, sized(1e8), never);
    expect(queue.secondsUntilServed).toBe(60);
  });
});

test('one who gives up leaves the queue, and the next one moves up', async () => {
  const queue = open({ maxInWork: 1 });
  const { ask, next, order, settle } = asking(queue);
  const stop = new AbortController();
  void ask('a', 5);
  const gone = ask('a', 50, stop.signal);
  void ask('a', 5);
  await settle();
  stop.abort(new Error('gone'));
  await expect(gone).rejects.toThrow('gone');
  expect([queue.queued, queue.queuedCharacters]).toEqual([1, 5]);
  await next();
  expect(order).toEqual(['a', 'a']);
  await expect(queue.turn({ caller: 'a' }, sized(1), stop.signal)).rejects.toThrow('gone');
});

describe('tenants of one caller', () => {
  test('share what the caller gets, however many requests one of them sends', async () => {
    const queue = open({ maxInWork: 10 });
    const { ask, next, order, settle } = asking(queue);
    for (let turn = 0; turn < 200; turn += 1) void ask('gateway/flood', 10);
    await settle();
    for (let turn = 0; turn < 10; turn += 1) void ask('gateway/calm', 10);
    await settle();
    // The calm one's first request has the room for tenants that have nothing in work.
    expect(order).toEqual(['gateway/flood', 'gateway/calm']);
    for (let turn = 0; turn < 20; turn += 1) await next();
    expect(order.slice(0, 20).filter((who) => who === 'gateway/calm').length).toBeGreaterThanOrEqual(9);
  });

  test('do not add up to more than the share of another caller, even if they are made up', async () => {
    const queue = open({ maxInWork: 10 });
    const { ask, next, order, settle } = asking(queue);
    for (let turn = 0; turn < 300; turn += 1) void ask(`many/made up ${turn}`, 10);
    await settle();
    for (let turn = 0; turn < 30; turn += 1) void ask('one', 10);
    await settle();
    for (let turn = 0; turn < 50; turn += 1) await next();
    const served = order.slice(3);
    expect(served.filter((who) => who === 'one').length).toBeGreaterThanOrEqual(served.length / 2 - 3);
  });

  test('may have a larger share by their weight', async () => {
    const queue = open({ maxInWork: 10 });
    const { order, settle } = asking(queue);
    const weighted = (tenant: string, weight: number) =>
      queue.turn({ caller: 'one', tenant, weight }, sized(10)).then(({ end }) => {
        order.push(tenant);
        ends.push(end);
      });
    const ends: (() => void)[] = [];
    for (let turn = 0; turn < 60; turn += 1) {
      void weighted('large', 3);
      void weighted('small', 1);
    }
    await settle();
    while (order.length < 40) {
      ends.shift()!();
      await settle();
    }
    const large = order.filter((who) => who === 'large').length;
    expect(large).toBeGreaterThanOrEqual(27);
    expect(order.length - large).toBeGreaterThanOrEqual(8);
  });

  test('have a bounded queue each', async () => {
    const queue = open({ maxInWork: 10, maxQueued: 3 });
    const { ask, settle } = asking(queue);
    for (let turn = 0; turn < 4; turn += 1) void ask('gateway/flood', 10);
    await settle();
    const refused = queue.turn({ caller: 'gateway', tenant: 'flood' }, sized(10), never);
    await expect(refused).rejects.toMatchObject({
      code: 'overloaded',
      problem: '3 requests of this tenant are waiting, and 3 in all.',
    });
    await expect(queue.turn({ caller: 'gateway', tenant: 'calm' }, sized(10), never)).resolves.toBeDefined();
  });
});

test('what a request takes in addition is paid for by its tenant', async () => {
  const queue = open({ maxInWork: 10 });
  const { ask, next, order, settle } = asking(queue);
  const turn = await queue.turn({ caller: 'one', tenant: 'long' }, sized(10), never);
  turn.grow(90);
  for (let count = 0; count < 20; count += 1) {
    void ask('one/long', 10);
    void ask('one/short', 10);
  }
  await settle();
  turn.end();
  await settle();
  for (let count = 0; count < 8; count += 1) await next();
  expect(order.slice(0, 9).filter((who) => who === 'one/long').length).toBeLessThanOrEqual(2);
});

test('names that are made up are forgotten', () => {
  const root = new ShareNode<{ readonly cost: number }>();
  const busy = root.child('busy');
  for (let turn = 0; turn < 10_000; turn += 1) {
    const node = root.child(`made up ${turn}`);
    for (const one of [node, busy]) {
      one.queue({ cost: 1 }, false);
      one.begin();
      one.end();
    }
  }
  expect(root.size).toBeLessThan(600);
});

test('ten thousand tenants that wait at once are served, none of them twice before the others', async () => {
  const queue = open({ maxInWork: 10 });
  const { ask, next, order, settle } = asking(queue);
  for (let tenant = 0; tenant < 10_000; tenant += 1) void ask(`gateway/${tenant}`, 10);
  await settle();
  for (let turn = 0; turn < 100; turn += 1) await next();
  expect(new Set(order).size).toBe(order.length);
  expect(order.length).toBeGreaterThan(100);
});
