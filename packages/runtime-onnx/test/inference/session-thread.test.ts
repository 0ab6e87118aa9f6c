import { afterAll, expect, test } from '@jest/globals';
import { damagedCopy, graphOf, removeCopies } from '../../../core/test/models/damaged-model.ts';
import { SessionThread } from '../../../runtime-common/src/inference/session-thread.ts';
import { sessionScript } from '../../src/inference/open-session.ts';

const directory = damagedCopy('tiny-bert');
afterAll(removeCopies);

const batch = (count: number) =>
  Array.from({ length: count }, () => ({ ids: new Int32Array(60).fill(7), typeIds: new Int32Array(60) }));

test('an urgent batch overtakes those that wait in the thread, and what is ahead is known by then', async () => {
  const settings = { graph: graphOf(directory), preferredOutputs: ['logits'], threads: 1 };
  const thread = new SessionThread({ origin: 'tiny', script: sessionScript, settings });
  await thread.ready;
  expect([thread.idle, thread.msAhead, thread.urgentTokens]).toEqual([true, 0, 0]);
  const order: string[] = [];
  const run = (name: string, urgent: boolean) =>
    thread.run({ sequences: batch(urgent ? 1 : 200), urgent }).then(() => order.push(name));
  const runs = Array.from({ length: 10 }, (_, index) => run(`other ${index}`, false));
  // Nothing is known of its speed.
  expect(thread.msAhead).toBe(Number.POSITIVE_INFINITY);
  runs.push(run('urgent', true));
  expect(thread.urgentTokens).toBe(60);
  await runs[0];
  expect(Number.isFinite(thread.msAhead)).toBe(true);
  await Promise.all(runs);
  expect(order.indexOf('urgent')).toBeLessThan(5);
  expect(order.filter((name) => name !== 'urgent')).toEqual(runs.slice(0, 10).map((_, at) => `other ${at}`));
  expect(thread.idle).toBe(true);
  await thread.close();
});
