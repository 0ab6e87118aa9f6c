import { expect, test } from '@jest/globals';
import { endOfLastRecord, parseWalPosition } from '../src/wal-position.ts';

test('positions of the log are compared as numbers', () => {
  expect(parseWalPosition('0/0')).toBe(0n);
  expect(parseWalPosition('16/B374D848')).toBe(0x16_b374_d848n);
  expect(parseWalPosition('F/FFFFFFFF')! < parseWalPosition('10/0')!).toBe(true);
  for (const none of [null, undefined, '', '16', '16/', 'x/y', 7])
    expect(parseWalPosition(none)).toBeUndefined();
});

test('a position behind the header of a page is the end of the page before', () => {
  const end = (written: string) => endOfLastRecord(parseWalPosition(written)!);
  expect(end('0/3002018')).toBe(parseWalPosition('0/3002000'));
  expect(end('0/4000028')).toBe(parseWalPosition('0/4000000'));
  expect(end('0/3002000')).toBe(parseWalPosition('0/3002000'));
  expect(end('0/3002030')).toBe(parseWalPosition('0/3002030'));
});
