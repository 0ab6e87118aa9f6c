import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

interface FamilyGolden {
  readonly maxTokens: number;
  /** Packed; `goldenTokenIds` reads them. */
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
