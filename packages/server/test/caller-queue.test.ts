import { describe, expect, test } from '@jest/globals';
import { CallerQueue } from '../src/caller-queue.ts';

const never = new AbortController().signal;
const open = (more: Partial<ConstructorParameters<typeof CallerQueue>[0]> = {}) =>
  new CallerQueue({ maxInWork: 100, maxQueued: 1000, maxQueuedCharacters: 1e9, ...more });

const sized = (cost: number) => ({ cost, characters: cost });

/** Asks for turns at once and holds each of them until `next` ends the one that began first. */
function asking(queue: CallerQueue) {
  const begun: { readonly who: string; readonly end: () => void }[] = [];
  const order: string[] = [];
  const ask = (who: string, cost: number, signal = never) =>
    queue.turn(who, sized(cost), signal).then(({ end }) => {
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
    await expect(queue.turn('a', sized(100), never)).rejects.toMatchObject({ code: 'overloaded' });
    expect([queue.queued, queue.inWork]).toEqual([2, 1]);
    // Another caller still gets a turn.
    await expect(queue.turn('b', sized(100), never)).resolves.toBeDefined();
  });

  test('how long it takes is told by the rate of late, from one second to sixty', async () => {
    const queue = open({ maxInWork: 1 });
    expect(queue.secondsUntilServed).toBe(1);
    for (let turn = 0; turn < 3; turn += 1) {
      const { end } = await queue.turn('a', sized(100), never);
      await new Promise((resolve) => setTimeout(resolve, 20));
      end();
    }
    void queue.turn('a', sized(1), never);
    // About 5,000 in a second.
    void queue.turn('a', sized(50_000), never);
    expect(queue.secondsUntilServed).toBeGreaterThan(3);
    expect(queue.secondsUntilServed).toBeLessThan(60);
    void queue.turn('a', sized(1e8), never);
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
  await expect(queue.turn('a', sized(1), stop.signal)).rejects.toThrow('gone');
});
