import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { loadCrossEncoder } from '@secondpass/core';
import { loadPrecomputedCrossEncoder, PrecomputedPassages } from '@secondpass/precomputed-passages';
import { modelDirectory } from '../src/index.ts';

const goldens = JSON.parse(readFileSync(new URL('./goldens.json', import.meta.url), 'utf8'));
const { query, passages } = goldens as { readonly query: string; readonly passages: readonly string[] };
const scratch = mkdtempSync(join(tmpdir(), 'precomputed-small-'));
afterAll(() => rmSync(scratch, { recursive: true }));

// In int8 a number between two steps may take either, so that the parts' last bits show.
test.each([
  ['fp32', 'float32', 1e-4],
  ['fp32', 'int8', 0.25],
  ['int8', 'int8', 0.4],
] as const)(
  'small in two parts scores in %s with states in %s as the whole to %d',
  async (precision, statePrecision, most) => {
    const store = await PrecomputedPassages.open({ directory: mkdtempSync(join(scratch, 'store-')) });
    const options = { precision, workers: 1 } as const;
    const whole = await loadCrossEncoder(modelDirectory('small'), options);
    const split = await loadPrecomputedCrossEncoder(modelDirectory('small'), {
      ...options,
      store,
      statePrecision,
    });
    const expected = await whole.score({ query, passages });
    const scores = await split.score({ query, passages });
    for (const [index, { rawScore }] of scores.entries()) {
      expect(Math.abs(rawScore - expected[index]!.rawScore)).toBeLessThan(most);
    }
    await Promise.all([whole.close(), split.close()]);
  },
);
