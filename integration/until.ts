import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from '@jest/globals';

/** Waits until a condition holds; fails the test after a minute. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadlineAt = Date.now() + 60_000;
  while (!(await condition())) {
    expect(Date.now()).toBeLessThan(deadlineAt);
    await sleep(20);
  }
}
