import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FailedTry, inHalves, splitTexts, unusable } from '../src/index.ts';
import { testKind } from './test-kind.ts';

const service = { origin: 'test', kind: testKind, redact: (text: string) => text };

test('the shares of a list are the list, in order and under the limits', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ minLength: 1, maxLength: 30 }), { maxLength: 40 }),
      fc.record({
        texts: fc.integer({ min: 1, max: 9 }),
        characters: fc.integer({ min: 1, max: 90 }),
        bytes: fc.integer({ min: 1, max: 120 }),
      }),
      (texts, limits) => {
        const shares = splitTexts(texts, limits, 2);
        expect(shares.flatMap((share) => share.texts)).toEqual(texts);
        let start = 0;
        for (const share of shares) {
          expect(share.start).toBe(start);
          start += share.texts.length;
          expect(share.texts.length).toBeGreaterThan(0);
          expect(share.texts.length).toBeLessThanOrEqual(limits.texts);
          if (share.texts.length === 1) continue;
          const sum = share.texts.reduce((total, text) => total + 2 + text.length, 0);
          expect(sum).toBeLessThanOrEqual(limits.characters);
          expect(Buffer.byteLength(JSON.stringify(share.texts)) - 1).toBeLessThanOrEqual(limits.bytes);
        }
      },
    ),
  );
});

test('what is too large is asked for in halves until it fits, and comes back in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string(), { maxLength: 20 }),
      fc.integer({ min: 1, max: 5 }),
      async (texts, most) => {
        const asked: number[] = [];
        const lengths = await inHalves(texts, async (part) => {
          if (part.length > most) throw tooLarge;
          asked.push(part.length);
          return part.map(({ length }) => length);
        });
        expect(lengths).toEqual(texts.map(({ length }) => length));
        expect(asked.every((count) => count <= most)).toBe(true);
      },
    ),
  );
});

test('one text that is too large is refused, as is whatever else goes wrong', async () => {
  const refuse = (error: Error) => inHalves(['a', 'b'], () => Promise.reject(error));
  await expect(refuse(tooLarge)).rejects.toBe(tooLarge);
  const other = unusable(service, 'it is empty');
  await expect(refuse(other)).rejects.toBe(other);
});

const tooLarge = new FailedTry(unusable(service, 'too large').error, { mayRetry: false, tooMany: true });
