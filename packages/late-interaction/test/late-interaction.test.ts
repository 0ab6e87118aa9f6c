import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { rerankerContract } from '../../core/src/testing/index.ts';
import { type LateInteraction, loadLateInteraction } from '../src/index.ts';

/** Written by integration/goldens/make_late_interaction_goldens.py: token vectors by sentence-transformers' MultiVectorEncoder, scores by numpy. */
interface Goldens {
  readonly queries: readonly string[];
  readonly passages: readonly string[];
  readonly queryTokens: readonly number[];
  readonly passageVectors: readonly (readonly (readonly number[])[])[];
  readonly scores: readonly (readonly number[])[];
}

const directory = fileURLToPath(new URL('./tiny-colbert', import.meta.url));
const goldens: Goldens = JSON.parse(readFileSync(join(directory, '../goldens.json'), 'utf8'));
const scratch = mkdtempSync(join(tmpdir(), 'late-interaction-'));
let model: LateInteraction;

beforeAll(async () => {
  model = await loadLateInteraction(directory, { workers: 1 });
});
afterAll(async () => {
  await model.close();
  rmSync(scratch, { recursive: true });
});

/** A copy of the tiny model with another JSON file. */
function copyWith(
  name: string,
  change: (settings: Record<string, unknown>) => Record<string, unknown>,
): string {
  const copy = mkdtempSync(join(scratch, 'model-'));
  cpSync(directory, copy, { recursive: true });
  const file = join(copy, name);
  writeFileSync(file, JSON.stringify(change(JSON.parse(readFileSync(file, 'utf8')))));
  return copy;
}

describe('the reranker contract', () => {
  rerankerContract(test, { reranker: () => loadLateInteraction(directory, { workers: 1 }), tolerance: 1e-5 });
});

describe('beside Python', () => {
  test('MaxSim of every query and passage is equal to 1e-4', async () => {
    for (const [row, query] of goldens.queries.entries()) {
      const scores = await model.score({ query, passages: goldens.passages });
      for (const [column, { rawScore, score }] of scores.entries()) {
        expect(Math.abs(rawScore - goldens.scores[row]![column]!)).toBeLessThan(1e-4);
        expect(score).toBeCloseTo((rawScore / goldens.queryTokens[row]! + 1) / 2, 12);
      }
    }
  });

  test('a passage keeps the same tokens, without punctuation, to 1e-4 per number', async () => {
    const vectors = await model.encodePassages({ passages: goldens.passages });
    for (const [index, { values, dimensions }] of vectors.entries()) {
      const expected = goldens.passageVectors[index]!.flat();
      expect(dimensions).toBe(16);
      expect(values).toHaveLength(expected.length);
      expect(Math.max(...[...values].map((value, at) => Math.abs(value - expected[at]!)))).toBeLessThan(1e-4);
    }
  });

  test('what does not fit is cut and counted', async () => {
    const scores = await model.score({ query: 'bread', passages: goldens.passages });
    const longest = goldens.passageVectors.findIndex((vectors) => vectors.length === 40);
    expect(scores[longest]!.tokensCut).toBeGreaterThan(0);
    expect(scores.filter(({ tokensCut }) => tokensCut > 0)).toHaveLength(1);
    expect(scores[0]).not.toHaveProperty('queryTokensCut');
    const [cut] = await model.score({ query: goldens.queries[4]!, passages: ['bread'] });
    expect(cut!.queryTokensCut).toBeGreaterThan(0);
  });
});

describe('vectors computed beforehand', () => {
  const { passages } = goldens;
  const query = goldens.queries[0]!;

  test('score as the passages do', async () => {
    const expected = await model.score({ query, passages });
    const vectors = await model.encodePassages({ passages });
    const scores = await model.scoreVectors(await model.encodeQuery(query), vectors);
    for (const [index, { rawScore }] of scores.entries()) {
      expect(rawScore).toBeCloseTo(expected[index]!.rawScore, 5);
    }
  });

  test('in int8 move a score by less than 0.005 per query token', async () => {
    const expected = await model.score({ query, passages });
    const vectors = await model.encodePassages({ passages, precision: 'int8' });
    expect(vectors[0]!.values).toBeInstanceOf(Int8Array);
    const scores = await model.scoreVectors(await model.encodeQuery(query), vectors);
    for (const [index, { rawScore }] of scores.entries()) {
      expect(Math.abs(rawScore - expected[index]!.rawScore)).toBeLessThan(0.005 * goldens.queryTokens[0]!);
    }
  });
});

describe('the layouts', () => {
  test("Stanford's gives the same scores as PyLate's", async () => {
    const copy = copyWith('config.json', (config) => ({ ...config, architectures: ['HF_ColBERT'] }));
    rmSync(join(copy, 'modules.json'));
    rmSync(join(copy, 'config_sentence_transformers.json'));
    cpSync(join(copy, '1_Dense/model.safetensors'), join(copy, 'model.safetensors'));
    writeFileSync(
      join(copy, 'artifact.metadata'),
      JSON.stringify({ query_token_id: '[Q] ', doc_token_id: '[D] ', query_maxlen: 12, doc_maxlen: 40 }),
    );
    await expectSameScores(copy);
  });

  test("MultiVectorEncoder's gives the same scores as PyLate's", async () => {
    const copy = copyWith('config_sentence_transformers.json', () => ({
      prompts: { query: '[Q] ', document: '[D] ' },
    }));
    writeFileSync(
      join(copy, 'sentence_bert_config.json'),
      JSON.stringify({
        document_length: 40,
        query_expansion: { strategy: 'fixed', attend: false, length: 12 },
      }),
    );
    writeFileSync(
      join(copy, 'modules.json'),
      JSON.stringify(
        ['Transformer', 'Dense', 'MultiVectorMask', 'Normalize'].map((type, idx) => ({
          idx,
          type,
          path: idx === 0 ? '' : `${idx}_${type}`,
        })),
      ),
    );
    cpSync(join(copy, '1_Dense'), join(copy, '2_MultiVectorMask'), { recursive: true });
    const skipped = {
      skiplist_words: [...'!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'],
      skiplist_tasks: ['document'],
    };
    writeFileSync(join(copy, '2_MultiVectorMask/config.json'), JSON.stringify(skipped));
    await expectSameScores(copy);
  });

  test('query expansion is the file’s to switch off', async () => {
    const plain = await loadLateInteraction(
      copyWith('config_sentence_transformers.json', (settings) => ({
        ...settings,
        do_query_expansion: false,
      })),
      { workers: 1 },
    );
    const vectors = await plain.encodeQuery('lighthouse');
    expect(vectors.values.length / vectors.dimensions).toBeLessThan(12);
    await plain.close();
  });

  test.each([
    ['modules.json', () => [{ type: 'x.Transformer', path: '' }], 'model-unsupported', 'Transformer'],
    [
      'config_sentence_transformers.json',
      (settings: object) => ({ ...settings, query_prefix: '[X] ' }),
      'model-unsupported',
      '[X] ',
    ],
    [
      '1_Dense/config.json',
      (settings: object) => ({ ...settings, activation_function: 'torch.nn.modules.activation.Tanh' }),
      'model-unsupported',
      'Tanh',
    ],
    ['1_Dense/config.json', (settings: object) => ({ ...settings, out_features: 8 }), 'model-damaged', '8'],
    ['config.json', (config: object) => ({ ...config, max_position_embeddings: 8 }), undefined, ''],
  ])('%s that asks for something else', async (file, change, code, words) => {
    const loading = loadLateInteraction(copyWith(file, change as Parameters<typeof copyWith>[1]), {
      workers: 1,
    });
    if (code === undefined) {
      const short = await loading;
      expect([short.maxQueryTokens, short.maxPassageTokens]).toEqual([8, 8]);
      return short.close();
    }
    await expect(loading).rejects.toMatchObject({ code });
    await expect(loading).rejects.toThrow(words);
  });

  test('limits can be raised up to the position table', async () => {
    await expect(loadLateInteraction(directory, { maxPassageTokens: 65 })).rejects.toMatchObject({
      code: 'invalid-options',
      nextStep: expect.stringContaining('64'),
    });
    const long = await loadLateInteraction(directory, { maxPassageTokens: 64, workers: 1 });
    const [vectors] = await long.encodePassages({ passages: ['bread '.repeat(100)] });
    expect(vectors!.values.length / vectors!.dimensions).toBe(64);
    expect(long.fingerprint).not.toBe(model.fingerprint);
    expect(long.passageFingerprint).not.toBe(model.passageFingerprint);
    await long.close();
  });
});

async function expectSameScores(copy: string): Promise<void> {
  const other = await loadLateInteraction(copy, { workers: 1 });
  for (const [row, query] of goldens.queries.entries()) {
    const scores = await other.score({ query, passages: goldens.passages });
    for (const [column, { rawScore }] of scores.entries()) {
      expect(Math.abs(rawScore - goldens.scores[row]![column]!)).toBeLessThan(1e-4);
    }
  }
  await other.close();
}
