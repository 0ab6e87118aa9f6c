import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { ModelManifest } from '../../../src/entries/models.ts';
import { loadCrossEncoder } from '../../../src/index.ts';
import { promptTemplates } from '../../../src/models/model-directory/prompt-template.ts';
import { damagedCopy, removeCopies } from '../damaged-model.ts';
import { familyGoldens } from './family-goldens.ts';

afterAll(removeCopies);

const copyOf = (name: string, change?: (directory: string) => void) =>
  damagedCopy(`../families/${name}`, change);
const state = (manifest: ModelManifest) => (directory: string) =>
  writeFileSync(join(directory, 'secondpass.json'), JSON.stringify(manifest));
const editJson = (directory: string, file: string, change: object) => {
  const path = join(directory, file);
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...change }));
};
const index = 150;
const [query, passage] = familyGoldens.pairs[index]!;
const goldenOf = (name: string) => familyGoldens.families[name]!.rawScores[index]!;

/** The score of one golden pair, and what the loaded model says of itself. */
async function scoreOf(directory: string) {
  const model = await loadCrossEncoder(directory, { workers: 1 });
  try {
    const [score] = await model.score({ query, passages: [passage] });
    return { ...score!, manifest: model.manifest };
  } finally {
    await model.close();
  }
}

const refusal = (directory: string) => loadCrossEncoder(directory, { workers: 1 });

describe('what a model says of itself, read from its files', () => {
  test.each<[string, ModelManifest]>([
    ['tiny-monobert', { scale: 'two-logit', relevantLabel: 1, maxTokens: 128 }],
    ['tiny-electra', { scale: 'logit', maxTokens: 128 }],
    ['tiny-modernbert-modules', { scale: 'logit', activation: 'identity', maxTokens: 128 }],
    ['tiny-qwen3', { scale: 'two-logit', maxTokens: 384, template: 'qwen3-reranker' }],
    ['tiny-gemma', { scale: 'logit', maxTokens: 192, template: 'bge-reranker-v2-gemma' }],
  ])('%s', async (name, expected) => {
    expect((await scoreOf(copyOf(name))).manifest).toMatchObject({ kind: 'cross-encoder', ...expected });
  });
});

describe('two logits', () => {
  test('a label named relevant is the relevant one, wherever it is', async () => {
    const flipped = copyOf('tiny-monobert', (directory) =>
      editJson(directory, 'config.json', { id2label: { 0: 'Relevant', 1: 'irrelevant' } }),
    );
    const { rawScore, manifest } = await scoreOf(flipped);
    expect(rawScore).toBeCloseTo(-goldenOf('tiny-monobert'), 4);
    expect(manifest.relevantLabel).toBe(0);
  });

  test('secondpass.json has the last word', async () => {
    const { rawScore } = await scoreOf(copyOf('tiny-monobert', state({ relevantLabel: 0 })));
    expect(rawScore).toBeCloseTo(-goldenOf('tiny-monobert'), 4);
  });
});

describe('a graph without its head', () => {
  test('and without the weights of one is refused when it is loaded', async () => {
    for (const name of ['tiny-modernbert-headless', 'tiny-modernbert-modules']) {
      const copy = copyOf(name, (directory) => {
        rmSync(join(directory, 'model.safetensors'), { force: true });
        rmSync(join(directory, 'modules.json'), { force: true });
        editJson(directory, 'config.json', { architectures: ['ModernBertForSequenceClassification'] });
      });
      await expect(refusal(copy)).rejects.toMatchObject({ code: 'model-output-invalid' });
      await expect(refusal(copy)).rejects.toThrow('lack its classification head');
    }
  });

  test.each([
    ['tiny-modernbert-headless', 'model.safetensors'],
    ['tiny-modernbert-modules', '2_Dense/model.safetensors'],
  ])('%s with weights that are cut short, or not those that were pinned', async (name, file) => {
    for (const bytes of [4, 60, 300]) {
      const cut = copyOf(name, (directory) => truncateSync(join(directory, file), bytes));
      await expect(refusal(cut)).rejects.toMatchObject({ code: 'model-damaged' });
    }
    const pinned = { files: { [file]: { sha256: '0'.repeat(64), bytes: 9 } } };
    await expect(refusal(copyOf(name, state(pinned)))).rejects.toThrow('instead of 9');
  });

  test('but a graph with its own head needs no weights beside it, not even readable ones', async () => {
    const pointer = copyOf('tiny-monobert', (directory) =>
      writeFileSync(join(directory, 'model.safetensors'), 'version https://git-lfs.github.com/spec/v1\n'),
    );
    expect((await scoreOf(pointer)).rawScore).toBeCloseTo(goldenOf('tiny-monobert'), 4);
  });

  test('a module that is not run here, or lies outside the model, is named', async () => {
    const change = (modules: object[]) => (directory: string) => {
      const path = join(directory, 'modules.json');
      const before = JSON.parse(readFileSync(path, 'utf8')) as object[];
      writeFileSync(path, JSON.stringify([...before, ...modules]));
    };
    const unknown = copyOf(
      'tiny-modernbert-modules',
      change([{ type: 'sentence_transformers.models.LSTM', path: '5_LSTM' }]),
    );
    await expect(refusal(unknown)).rejects.toThrow('LSTM');
    const outside = copyOf('tiny-modernbert-modules', change([{ type: 'x.Dense', path: '../../elsewhere' }]));
    await expect(refusal(outside)).rejects.toMatchObject({ code: 'model-damaged' });
  });
});

describe('a decoder', () => {
  test('whose prompt nobody states is refused, with the prompts that there are', async () => {
    const silent = copyOf('tiny-qwen3', (directory) => rmSync(join(directory, 'secondpass.json')));
    await expect(refusal(silent)).rejects.toMatchObject({ code: 'model-unsupported' });
    await expect(refusal(silent)).rejects.toThrow('qwen3-reranker, bge-reranker-v2-gemma');
  });

  test('reads 1024 tokens at most, unless its manifest says more', async () => {
    const longer = (manifest: ModelManifest) =>
      copyOf('tiny-qwen3', (directory) => {
        editJson(directory, 'tokenizer_config.json', { model_max_length: 4096 });
        state({ template: 'qwen3-reranker', ...manifest })(directory);
      });
    expect((await scoreOf(longer({}))).manifest.maxTokens).toBe(1024);
    expect((await scoreOf(longer({ maxTokens: 2048 }))).manifest.maxTokens).toBe(2048);
  });

  test('takes a prompt of its own, and padding on the left', async () => {
    const template = { ...promptTemplates['qwen3-reranker'], instruction: 'Find it' };
    const own = await scoreOf(copyOf('tiny-qwen3', state({ template, paddingSide: 'left' })));
    const preset = await scoreOf(
      copyOf('tiny-qwen3', state({ template: 'qwen3-reranker', instruction: 'Find it' })),
    );
    expect(own.rawScore).toBeCloseTo(preset.rawScore, 4);
    expect(own.rawScore).not.toBeCloseTo(goldenOf('tiny-qwen3'), 3);
  });

  test('padding on the left changes no score of a mixed batch', async () => {
    const passages = familyGoldens.pairs
      .slice(100, 140)
      .map(([, text]) => text)
      .filter((text) => text.trim() !== '');
    const scores = [];
    for (const paddingSide of ['left', 'right'] as const) {
      const directory = copyOf('tiny-qwen3', state({ template: 'qwen3-reranker', paddingSide }));
      const model = await loadCrossEncoder(directory, { workers: 1, maxBatchTokens: 4000 });
      scores.push((await model.score({ query: 'bridge', passages })).map(({ rawScore }) => rawScore));
      await model.close();
    }
    for (const [at, score] of scores[0]!.entries()) expect(score).toBeCloseTo(scores[1]![at]!, 4);
  });

  test('whose modules name its answers needs no words for them', async () => {
    const modules = [
      { type: 'sentence_transformers.cross_encoder.modules.logit_score.LogitScore', path: '.' },
    ];
    const named = copyOf('tiny-gemma', (directory) => {
      writeFileSync(join(directory, 'modules.json'), JSON.stringify(modules));
      editJson(directory, 'config.json', { true_token_id: 60, false_token_id: 61 });
    });
    const swapped = copyOf('tiny-gemma', (directory) => {
      writeFileSync(join(directory, 'modules.json'), JSON.stringify(modules));
      editJson(directory, 'config.json', { true_token_id: 61, false_token_id: 60 });
    });
    const [a, b] = [await scoreOf(named), await scoreOf(swapped)];
    expect(a.manifest.scale).toBe('two-logit');
    expect(a.rawScore).toBeCloseTo(-b.rawScore, 5);
  });

  test.each([
    ['an answer of several tokens', { yes: 'certainly relevant' }, 'model-unsupported', 'not one'],
    ['no place for the passage', { pieces: ['{query}'] }, 'model-damaged', 'template'],
    [
      'text after the passage in its piece',
      { pieces: ['{query}{passage}?'] },
      'model-damaged',
      'secondpass.json',
    ],
    [
      'a prompt without room',
      { pieces: ['{query}', 'word '.repeat(400), '{passage}'] },
      'model-unsupported',
      'prompt takes',
    ],
  ])('with %s is refused', async (_, change, code, words) => {
    const template = { ...promptTemplates['qwen3-reranker'], ...change };
    const directory = copyOf('tiny-qwen3', state({ template }));
    await expect(refusal(directory)).rejects.toMatchObject({ code });
    await expect(refusal(directory)).rejects.toThrow(words);
  });
});
