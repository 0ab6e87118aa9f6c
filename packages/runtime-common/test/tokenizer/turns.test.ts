import { describe, expect, test } from '@jest/globals';
import { damagedCopy, removeCopies } from '../../../core/test/models/damaged-model.ts';
import { onnxRuntime } from '../../../runtime-onnx/src/onnx-runtime.ts';
import { Turns } from '../../src/tokenizer/turns.ts';

/** Work that ends when it is told to. */
function held() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { work: () => promise, end: resolve };
}

describe('Turns', () => {
  test('runs no more at a time than it has places, in order of arrival', async () => {
    const turns = new Turns(2);
    let running = 0;
    let most = 0;
    const order: number[] = [];
    const works = Array.from({ length: 10 }, (_, index) =>
      turns.run(async () => {
        order.push(index);
        running += 1;
        most = Math.max(most, running);
        await new Promise(setImmediate);
        running -= 1;
      }),
    );
    await Promise.all(works);
    expect({ most, order }).toEqual({ most: 2, order: [...Array(10).keys()] });
  });

  test('lets callers take turns, and the tenants of a caller', async () => {
    const turns = new Turns(1);
    const first = held();
    const running = turns.run(first.work);
    const order: string[] = [];
    const works = ['a', 'a', 'a', 'b/1', 'b/1', 'b/2', 'c'].map((who) => {
      const [caller, tenant] = who.split('/');
      const names = { caller, ...(tenant !== undefined && { tenant }) };
      return turns.run(async () => void order.push(who), undefined, names);
    });
    first.end();
    await Promise.all([running, ...works]);
    expect(order).toEqual(['a', 'b/1', 'c', 'a', 'b/2', 'a', 'b/1']);
  });

  test('lets short work overtake, and after four pieces of it the longest waiting one', async () => {
    const turns = new Turns(1);
    const first = held();
    const order: string[] = [];
    const running = turns.run(first.work);
    const note = (name: string, short: boolean) =>
      turns.run(
        async () => {
          order.push(name);
        },
        undefined,
        { short },
      );
    const works = ['a', 'b'].map((name) => note(name, false));
    works.push(...[1, 2, 3, 4, 5, 6].map((name) => note(`${name}`, true)));
    first.end();
    await Promise.all([running, ...works]);
    expect(order.join('')).toBe('1234a56b');
  });

  test('lets go of who is aborted while it waits, without beginning its work', async () => {
    const turns = new Turns(1);
    const first = held();
    const running = turns.run(first.work);
    const controller = new AbortController();
    let begun = false;
    const waiting = turns.run(async () => {
      begun = true;
    }, controller.signal);
    const reason = new Error('no longer needed');
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    first.end();
    await running;
    await turns.run(async () => {});
    expect(begun).toBe(false);
  });

  test('goes on after work that failed, and lets timers run between pieces that need no thread', async () => {
    const turns = new Turns(1);
    await expect(turns.run(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    let timer = false;
    setTimeout(() => {
      timer = true;
    }, 1);
    let pieces = 0;
    while (!timer && pieces < 1e6) {
      await turns.run(async () => {});
      pieces += 1;
    }
    expect(timer).toBe(true);
  });
});

test('texts of 500 aborted requests do not hold up the next one', async () => {
  const tokenizer = await onnxRuntime.openTokenizer(damagedCopy('tiny-bert'));
  // Words that were never met, so that they go to the library.
  const texts = (name: number) => Array.from({ length: 50 }, (_, index) => `ß${name}é${index} `.repeat(300));
  const controller = new AbortController();
  const abandoned = Array.from({ length: 500 }, (_, name) =>
    tokenizer.encode(texts(name), controller.signal),
  );
  controller.abort();
  const outcomes = await Promise.allSettled(abandoned);
  const started = performance.now();
  await tokenizer.encode(['bread']);
  expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
  // All of their texts take several times as long, even on an idle machine.
  expect(performance.now() - started).toBeLessThan(2000);
  removeCopies();
});
