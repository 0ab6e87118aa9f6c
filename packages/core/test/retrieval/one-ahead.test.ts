import { setImmediate } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { oneAhead } from '../../src/retrieval/indexing/one-ahead.ts';

const turns = fc.integer({ min: 0, max: 3 });
const item = fc.record({ read: turns, begin: turns, work: turns, use: turns });

async function wait(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await setImmediate();
}

test('gives every item before a failure once, in order, and never begins one while another is used', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(item, { maxLength: 8 }),
      fc.option(fc.record({ at: fc.nat(7), where: fc.constantFrom('read', 'begin', 'work') })),
      async (items, failure) => {
        const failAt = (where: string, index: number) => {
          if (failure?.where === where && failure.at === index) throw new Error('stop');
        };
        async function* stream() {
          for (const [index, one] of items.entries()) {
            await wait(one.read);
            failAt('read', index);
            yield { index, ...one };
          }
        }
        let busy = 0;
        const alone = async <T>(run: () => Promise<T>): Promise<T> => {
          busy += 1;
          expect(busy).toBe(1);
          try {
            return await run();
          } finally {
            busy -= 1;
          }
        };
        const begun = oneAhead(stream(), (one) =>
          alone(async () => {
            await wait(one.begin);
            failAt('begin', one.index);
            const work = wait(one.work).then(() => failAt('work', one.index));
            return { ...one, work };
          }),
        );
        const used: number[] = [];
        const consume = async () => {
          for await (const { index, use, work } of begun) {
            await work;
            await alone(() => wait(use));
            used.push(index);
          }
        };
        const failing = failure !== null && failure.at < items.length;
        if (failing) await expect(consume()).rejects.toThrow('stop');
        else await consume();
        expect(used).toEqual(items.slice(0, failing ? failure.at : items.length).map((_, index) => index));
      },
    ),
  );
});
