import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { OvertakingQueue } from '../src/overtaking-queue.ts';

interface Item {
  readonly number: number;
  readonly urgent: boolean;
}

const steps = fc.array(fc.constantFrom('urgent', 'other', 'next', 'delete'), { maxLength: 80 });

describe('the overtaking queue', () => {
  test('gives every item once, each kind in order of arrival, and of five items in a row one that is not urgent', () => {
    fc.assert(
      fc.property(steps, (moves) => {
        const queue = new OvertakingQueue<Item>();
        const waiting: Item[] = [];
        let number = 0;
        let inARow = 0;
        const take = () => {
          const next = queue.next();
          const urgent = waiting.find((item) => item.urgent);
          const other = waiting.find((item) => !item.urgent);
          expect(next).toBe(urgent && (!other || inARow < 4) ? urgent : other);
          inARow = next?.urgent ? inARow + 1 : 0;
          if (next) waiting.splice(waiting.indexOf(next), 1);
          return next;
        };
        for (const move of moves) {
          number += 1;
          if (move === 'next') take();
          else if (move === 'delete') {
            const [gone] = waiting.splice(0, 1);
            if (gone) queue.delete(gone);
          } else {
            const item = { number, urgent: move === 'urgent' };
            queue.add(item, item.urgent);
            waiting.push(item);
          }
        }
        while (take());
        expect(waiting).toEqual([]);
      }),
    );
  });
});
