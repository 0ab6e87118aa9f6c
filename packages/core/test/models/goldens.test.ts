import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { onnxRuntime } from '../../../runtime-onnx/src/onnx-runtime.ts';
import { type BiEncoder, type CrossEncoder, loadBiEncoder, loadCrossEncoder } from '../../src/index.ts';
import { buildPair } from '../../src/models/cross-encoder/pairs.ts';
import { goldenTokenIds } from './golden-token-ids.ts';

/** Written by integration/goldens/make_goldens.py with Python's transformers in float32. */
interface Goldens {
  readonly maxTokens: number;
  readonly pairs: readonly (readonly [query: string, passage: string])[];
  readonly 'tiny-bert': PairGoldens;
  readonly 'tiny-roberta': PairGoldens;
  readonly 'tiny-sentence-bert': readonly number[][];
}

interface PairGoldens {
  /** Packed; `goldenTokenIds` reads them. */
  readonly ids: string;
  readonly rawScores: readonly number[];
}

const directory = (name: string) => fileURLToPath(new URL(`./goldens/${name}`, import.meta.url));
const goldens: Goldens = JSON.parse(readFileSync(directory('goldens.json'), 'utf8'));

describe.each(['tiny-bert', 'tiny-roberta'] as const)('%s beside Python', (name) => {
  let model: CrossEncoder;
  beforeAll(async () => {
    model = await loadCrossEncoder(directory(name), { workers: 2, maxBatchTokens: 700 });
  });
  afterAll(() => model.close());

  test('token ids of 200 awkward pairs are equal, truncation included', async () => {
    const tokenizer = await onnxRuntime.openTokenizer(directory(name));
    const template = await tokenizer.pairTemplate();
    const expected = goldenTokenIds(goldens[name].ids);
    const cut: number[] = [];
    for (const [index, [query, passage]] of goldens.pairs.entries()) {
      const [queryIds, passageIds] = await tokenizer.encode([query, passage]);
      const pair = buildPair(queryIds!, passageIds!, template, goldens.maxTokens);
      expect([...pair.ids]).toEqual(expected[index]);
      cut.push(pair.tokensCut);
    }
    expect(cut.some((tokens) => tokens > 0)).toBe(true);
    expect(cut.some((tokens) => tokens === 0)).toBe(true);
    await tokenizer.close?.();
  });

  test('scores are equal to 1e-4, whatever else is in the batch', async () => {
    for (const [query, passages] of byQuery()) {
      const together = await model.score({ query, passages: passages.map(({ text }) => text) });
      for (const [position, { text, index }] of passages.entries()) {
        const golden = goldens[name].rawScores[index]!;
        expect(Math.abs(together[position]!.rawScore - golden)).toBeLessThan(1e-4);
        const [alone] = await model.score({ query, passages: [text] });
        expect(Math.abs(alone!.rawScore - golden)).toBeLessThan(1e-4);
      }
    }
  });

  test('a large mixed batch gives each passage the score it has alone', async () => {
    const passages = goldens.pairs.map(([, passage]) => passage);
    const query = 'which bridge leads to the lighthouse';
    const together = await model.score({ query, passages });
    for (const index of [0, 7, 50, 120, 199]) {
      const [alone] = await model.score({ query, passages: [passages[index]!] });
      expect(Math.abs(alone!.rawScore - together[index]!.rawScore)).toBeLessThan(1e-5);
    }
  });
});

describe('tiny-sentence-bert beside Python', () => {
  let model: BiEncoder;
  beforeAll(async () => {
    model = await loadBiEncoder(directory('tiny-sentence-bert'), { workers: 1 });
  });
  afterAll(() => model.close());

  test('vectors of 60 awkward texts are equal to 1e-5 and of length 1', async () => {
    const expected = goldens['tiny-sentence-bert'];
    const texts = goldens.pairs.slice(0, expected.length).map(([, passage]) => passage);
    const vectors = await model.embed({ texts, kind: 'passage' });
    for (const [index, vector] of vectors.entries()) {
      const difference = Math.max(...vector.map((value, at) => Math.abs(value - expected[index]![at]!)));
      expect(difference).toBeLessThan(1e-5);
      expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
    }
  });
});

function byQuery(): Map<string, { text: string; index: number }[]> {
  const groups = new Map<string, { text: string; index: number }[]>();
  for (const [index, [query, text]] of goldens.pairs.entries()) {
    groups.set(query, [...(groups.get(query) ?? []), { text, index }]);
  }
  return groups;
}
