import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inflateSync } from 'node:zlib';

interface FamilyGolden {
  readonly maxTokens: number;
  /** Each pair's length and token ids in 16 bits each, deflated, in base 64. */
  readonly ids: string;
  readonly rawScores: readonly number[];
}

/** Written by integration/goldens/make_family_goldens.py with Python's transformers in float32. */
interface FamilyGoldens {
  readonly pairs: readonly (readonly [query: string, passage: string])[];
  readonly families: Readonly<Record<string, FamilyGolden>>;
}

export const familyDirectory = (name: string) => fileURLToPath(new URL(`./${name}`, import.meta.url));

export const familyGoldens: FamilyGoldens = JSON.parse(readFileSync(familyDirectory('goldens.json'), 'utf8'));

export function tokenIdsOf({ ids }: FamilyGolden): number[][] {
  const bytes = inflateSync(Buffer.from(ids, 'base64'));
  const numbers = Array.from({ length: bytes.length / 2 }, (_, index) => bytes.readUInt16LE(2 * index));
  const rows: number[][] = [];
  for (let at = 0; at < numbers.length; at += 1 + numbers[at]!) {
    rows.push(numbers.slice(at + 1, at + 1 + numbers[at]!));
  }
  return rows;
}
