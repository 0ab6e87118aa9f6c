import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { onnxRuntime } from '../../../../runtime-onnx/src/onnx-runtime.ts';
import { type CrossEncoder, loadCrossEncoder } from '../../../src/index.ts';
import { decoderLayout } from '../../../src/models/cross-encoder/decoder-layout.ts';
import { encoderLayout } from '../../../src/models/cross-encoder/encoder-layout.ts';
import { joinPair, type PairLayout } from '../../../src/models/cross-encoder/pair-layout.ts';
import { promptTemplates } from '../../../src/models/model-directory/prompt-template.ts';
import { goldenTokenIds } from '../golden-token-ids.ts';
import { familyDirectory, familyGoldens } from './family-goldens.ts';

const { pairs, families } = familyGoldens;

test('there is a golden of each family', () => {
  expect(Object.keys(families)).toEqual([
    'tiny-monobert',
    'tiny-electra',
    'tiny-xlm-roberta',
    'tiny-deberta-v3',
    'tiny-modernbert-headless',
    'tiny-modernbert-modules',
    'tiny-qwen3',
    'tiny-gemma',
  ]);
  expect(pairs).toHaveLength(200);
});

describe.each(Object.entries(families))('%s beside Python', (name, golden) => {
  let model: CrossEncoder;
  beforeAll(async () => {
    model = await loadCrossEncoder(familyDirectory(name), { workers: 1 });
  });
  afterAll(() => model.close());

  test('token ids of 200 awkward pairs are equal, truncation included', async () => {
    const layout = await layoutOf(name, golden.maxTokens);
    const expected = goldenTokenIds(golden.ids);
    let cut = 0;
    for (const [index, [query, passage]] of pairs.entries()) {
      const laidOut = await layout.layOut(query, [passage]);
      const [pair] = laidOut.pairs;
      const room = golden.maxTokens - pair!.before.ids.length - pair!.after.ids.length;
      const kept = Math.min(room, pair!.passage.length);
      const ids = joinPair(pair!, pair!.passage, [[0, kept]]).ids;
      expect({ index, ids: [...ids] }).toEqual({ index, ids: expected[index] });
      expect(laidOut.queryTokensCut).toBe(0);
      cut += Number(kept < pair!.passage.length);
    }
    expect(cut).toBeGreaterThan(3);
  });

  test('scores are equal to 1e-4', async () => {
    const wrong: unknown[] = [];
    let scored = 0;
    for (const [query, group] of byQuery()) {
      const scores = await model.score({ query, passages: group.map(({ text }) => text) });
      for (const [position, { index }] of group.entries()) {
        scored += 1;
        const difference = Math.abs(scores[position]!.rawScore - golden.rawScores[index]!);
        if (!(difference < 1e-4)) wrong.push([index, difference]);
      }
    }
    expect(wrong).toEqual([]);
    expect(scored).toBeGreaterThan(180);
    expect(new Set(golden.rawScores).size).toBeGreaterThan(100);
  });

  test('scores do not depend on what else is in the batch', async () => {
    const passages = pairs.map(([, passage]) => passage).filter((passage) => passage.trim() !== '');
    const query = 'which bridge leads to the lighthouse';
    const together = await model.score({ query, passages });
    for (const index of [0, 30, 90, 150]) {
      const [alone] = await model.score({ query, passages: [passages[index]!] });
      expect(together[index]!.rawScore).toBeCloseTo(alone!.rawScore, 4);
    }
  });
});

async function layoutOf(name: string, maxTokens: number): Promise<PairLayout> {
  const tokenizer = await onnxRuntime.openTokenizer(familyDirectory(name));
  const parts = { origin: name, tokenizer, maxTokens, maxQueryShare: 0.5 };
  if (name === 'tiny-qwen3') return decoderLayout({ ...parts, template: promptTemplates['qwen3-reranker'] });
  if (name === 'tiny-gemma') {
    return decoderLayout({ ...parts, template: promptTemplates['bge-reranker-v2-gemma'] });
  }
  return encoderLayout({ ...parts, template: await tokenizer.pairTemplate() });
}

/** Blank texts are refused by `score`; their token ids are compared all the same. */
function byQuery(): Map<string, { text: string; index: number }[]> {
  const accepted = pairs
    .map(([query, text], index) => ({ query, text, index }))
    .filter(({ query, text }) => query.trim() !== '' && text.trim() !== '');
  return Map.groupBy(accepted, ({ query }) => query);
}
