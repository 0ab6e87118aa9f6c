import { inflateSync } from 'node:zlib';

/** Reads what `pack` in integration/goldens/golden_files.py writes: each row's length and ids in 16 bits each, deflated, in base 64. */
export function goldenTokenIds(packed: string): number[][] {
  const bytes = inflateSync(Buffer.from(packed, 'base64'));
  const numbers = Array.from({ length: bytes.length / 2 }, (_, index) => bytes.readUInt16LE(2 * index));
  const rows: number[][] = [];
  for (let at = 0; at < numbers.length; at += 1 + numbers[at]!) {
    rows.push(numbers.slice(at + 1, at + 1 + numbers[at]!));
  }
  return rows;
}
