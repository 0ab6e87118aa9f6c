import { describe, expect, test } from '@jest/globals';
import { TurnGate } from '../src/turn-gate.ts';
import { usedUpMs } from '../src/used-up.ts';

const gateOf = (limits: { requests?: number; characters?: number }) =>
  new TurnGate('test', { requests: Infinity, characters: Infinity, windowMs: 400, ...limits });
const turn = (characters = 1, signal = new AbortController().signal) => ({
  characters,
  endsAt: performance.now() + 10_000,
  signal,
});
const timesOf = async (gate: TurnGate, sizes: readonly number[]) => {
  const started = performance.now();
  return Promise.all(
    sizes.map(async (characters) => {
      await gate.pass(turn(characters));
      return performance.now() - started;
    }),
  );
};

describe('requests go when their turn is', () => {
  test('so many within any window, in order', async () => {
    const times = await timesOf(gateOf({ requests: 2 }), [1, 1, 1, 1, 1]);
    expect(times[1]).toBeLessThan(350);
    expect(times[2]! - times[0]!).toBeGreaterThan(380);
    expect(times[4]! - times[2]!).toBeGreaterThan(380);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  test('so many characters, and one that is above the limit alone', async () => {
    const [first, second, third, large] = await timesOf(gateOf({ characters: 100 }), [60, 40, 30, 900]);
    expect(second).toBeLessThan(350);
    expect(third! - first!).toBeGreaterThan(380);
    expect(large! - third!).toBeGreaterThan(380);
  });

  test('none in a pause, and none for whom it would be over too late', async () => {
    const gate = gateOf({});
    gate.pause(120);
    const started = performance.now();
    await gate.pass(turn());
    expect(performance.now() - started).toBeGreaterThan(119);
    gate.pause(5000);
    await expect(gate.pass({ ...turn(), endsAt: performance.now() + 100 })).rejects.toThrow(/sent in 5 s/);
  });

  test('and who leaves while waiting holds nobody up', async () => {
    const gate = gateOf({ requests: 1 });
    await gate.pass(turn());
    const controller = new AbortController();
    const left = gate.pass(turn(1, controller.signal));
    const next = gate.pass(turn());
    controller.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    await next;
  });
});

test.each<[Record<string, string>, number | undefined]>([
  [{ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '12s' }, 12_000],
  [{ 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '1m30s' }, 60_000],
  [{ 'ratelimit-remaining': '0', 'ratelimit-reset': '5' }, 5000],
  [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1732300000' }, undefined],
  [{ 'x-ratelimit-remaining-requests': '0' }, undefined],
  [{ 'x-ratelimit-remaining-requests': '3', 'x-ratelimit-reset-requests': '12s' }, undefined],
  [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': 'soon' }, undefined],
])('a budget of %j is used up for %p ms', (headers, expected) => {
  expect(usedUpMs(new Headers(headers))).toBe(expected);
});
