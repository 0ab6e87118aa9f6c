import { expect, test } from '@jest/globals';
import { retryAfterMs } from '../src/refusal.ts';

test.each<[Record<string, string>, number | undefined]>([
  [{ 'retry-after': '7' }, 7000],
  [{ 'retry-after': '0.5' }, 500],
  [{ 'retry-after': 'Mon, 01 Jan 2024 00:00:10 GMT' }, 10_000],
  [{ 'retry-after': 'Sun, 31 Dec 2023 00:00:00 GMT' }, 0],
  [{ 'retry-after': '7', 'retry-after-ms': '120' }, 120],
  [{ 'retry-after': 'soon' }, undefined],
  [{ 'retry-after': '-3' }, undefined],
  [{}, undefined],
])('%j asks for %p ms', (headers, expected) => {
  expect(retryAfterMs(new Headers(headers), Date.parse('2024-01-01T00:00:00Z'))).toBe(expected);
});
