import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { type BiEncoderOptions, loadBiEncoder, RetrievalError } from '../../../src/index.ts';
import { loadDualEncoder } from '../../../src/models/bi-encoder/dual-encoder.ts';
import { fingerprintOf } from '../../../src/models/bi-encoder/fingerprint.ts';
import { readVectorModules } from '../../../src/models/bi-encoder/vector-modules.ts';
import { openModelDirectory } from '../../../src/models/model-directory/model-directory.ts';
import { damagedCopy, removeCopies } from '../damaged-model.ts';
import { dprModel, goldens, largestDifference, modelOf } from './golden-models.ts';

afterAll(removeCopies);

const texts = goldens.texts.slice(0, 3);

async function errorOf(promise: Promise<{ close(): Promise<void> }>): Promise<RetrievalError> {
  const error = await promise.then(
    (model) => model.close(),
    (reason: unknown) => reason,
  );
  if (!RetrievalError.is(error)) throw new Error(`expected a RetrievalError, got ${String(error)}`);
  return error;
}

async function vectorsOf(directory: string, options: BiEncoderOptions, kind: 'query' | 'passage' = 'query') {
  const model = await loadBiEncoder(directory, { workers: 1, optimize: false, ...options });
  const vectors = await model.embed({ texts, kind });
  const { fingerprint, prompts } = model;
  await model.close();
  return { vectors, fingerprint, prompts };
}

const json = (directory: string, file: string, value: unknown) =>
  writeFileSync(join(directory, file), JSON.stringify(value));

describe('prompts', () => {
  const withPrompts = (config: unknown) =>
    damagedCopy('tiny-sentence-bert', (directory) =>
      json(directory, 'config_sentence_transformers.json', config),
    );

  test.each([
    ['query and document', { prompts: { query: 'q: ', document: 'd: ' } }, { query: 'q: ', passage: 'd: ' }],
    ['passage', { prompts: { passage: 'p: ' } }, { query: '', passage: 'p: ' }],
    [
      'a default for what has none',
      { prompts: { query: 'q: ', other: 'o: ' }, default_prompt_name: 'other' },
      { query: 'q: ', passage: 'o: ' },
    ],
    [
      'an empty one before a default',
      { prompts: { query: '', other: 'o: ' }, default_prompt_name: 'other' },
      { query: '', passage: 'o: ' },
    ],
  ])('are read: %s', async (_, config, expected) => {
    const { prompts } = await vectorsOf(withPrompts(config), {});
    expect(prompts).toEqual(expected);
  });

  test('are overridden by the caller, and taken away by an empty one', async () => {
    const directory = withPrompts({ prompts: { query: 'q: ', document: 'd: ' } });
    expect((await vectorsOf(directory, { prompts: { query: '' } })).prompts).toEqual({
      query: '',
      passage: 'd: ',
    });
    const plain = await vectorsOf(damagedCopy('tiny-sentence-bert'), {});
    const without = await vectorsOf(directory, { prompts: { query: '' } });
    expect(without.vectors).toEqual(plain.vectors);
  });

  test('with a default that is not there are a damaged model', async () => {
    const error = await errorOf(loadBiEncoder(withPrompts({ prompts: {}, default_prompt_name: 's2p' })));
    expect([error.code, error.problem]).toEqual(['model-damaged', expect.stringContaining('"s2p"')]);
  });

  test('that leave no token for the text are refused', async () => {
    const directory = modelOf(goldens.cases['newer file, mean, prompt not pooled']!);
    const error = await errorOf(
      loadBiEncoder(directory, { workers: 1, prompts: { query: 'river '.repeat(400) } }),
    );
    expect([error.code, error.problem]).toEqual(['invalid-options', expect.stringContaining('192')]);
  });
});

describe('dimensions', () => {
  test('keep the start of each vector and scale it to length 1 again', async () => {
    const { vectors: whole } = await vectorsOf(damagedCopy('tiny-sentence-bert'), {});
    const { vectors: cut } = await vectorsOf(damagedCopy('tiny-sentence-bert'), { dimensions: 10 });
    for (const [index, vector] of cut.entries()) {
      const start = [...whole[index]!.slice(0, 10)];
      const length = Math.hypot(...start);
      expect(
        largestDifference(
          vector,
          start.map((value) => value / length),
        ),
      ).toBeLessThan(1e-6);
    }
  });

  test('above those of the model are refused', async () => {
    const error = await errorOf(loadBiEncoder(damagedCopy('tiny-sentence-bert'), { dimensions: 25 }));
    expect([error.code, error.problem]).toEqual([
      'invalid-options',
      'dimensions is 25, and the model gives 24.',
    ]);
  });
});

test('pooling by option serves a directory without modules.json, to the same vectors', async () => {
  const bare = damagedCopy('tiny-sentence-bert', (directory) => rmSync(join(directory, 'modules.json')));
  const stated = await vectorsOf(damagedCopy('tiny-sentence-bert'), {});
  const chosen = await vectorsOf(bare, { pooling: 'mean', unitLength: true });
  expect(chosen.vectors).toEqual(stated.vectors);
});

describe('the fingerprint', () => {
  const plain = () => damagedCopy('tiny-sentence-bert');

  test('changes with an option that changes a stored vector, and with no other', async () => {
    const directory = plain();
    const [base, ...others] = [
      await vectorsOf(directory, {}),
      await vectorsOf(directory, { dimensions: 12 }),
      await vectorsOf(directory, { prompts: { passage: 'p' } }),
      await vectorsOf(directory, { pooling: 'mean' }),
    ].map(({ fingerprint }) => fingerprint);
    expect(new Set([base, ...others]).size).toBe(4);
    const same = await vectorsOf(directory, {
      prompts: { query: 'q' },
      maxBatchTokens: 100,
      name: 'another',
    });
    expect(same.fingerprint).toBe(base);
  });

  test('changes with every file that changes the vectors', async () => {
    const dense = goldens.cases['Dense F32 tanh, Normalize, cut to 8']!;
    const denseConfig = dense.files['2_Dense/config.json'] as object;
    const weights = Buffer.from(dense.weights['2_Dense/model.safetensors']!, 'base64');
    weights[weights.length - 2] = weights[weights.length - 2]! ^ 1;
    const withPooling = (pooling: object) =>
      modelOf({ files: { '1_Pooling/config.json': pooling }, weights: {} });
    const pooling = { embedding_dimension: 24, pooling_mode: 'mean', include_prompt: true };
    const activation = { ...denseConfig, activation_function: 'torch.nn.modules.activation.ReLU' };
    const directories = [
      withPooling(pooling),
      withPooling({ ...pooling, pooling_mode: 'max' }),
      withPooling({ ...pooling, pooling_mode: ['mean', 'max'] }),
      withPooling({ ...pooling, include_prompt: false }),
      modelOf(dense),
      modelOf({ ...dense, weights: { '2_Dense/model.safetensors': weights.toString('base64') } }),
      modelOf({ ...dense, files: { ...dense.files, '2_Dense/config.json': activation } }),
      modelOf({
        ...dense,
        files: { ...dense.files, 'modules.json': (dense.files['modules.json'] as object[]).slice(0, 3) },
      }),
    ];
    const prints = directories.map(async (directory) => {
      const model = await openModelDirectory(directory);
      const modules = await readVectorModules(model);
      return fingerprintOf(model, modules!, {
        precision: 'fp32',
        dimensions: 8,
        maxTokens: 192,
        passage: '',
      });
    });
    expect(new Set(await Promise.all(prints)).size).toBe(directories.length);
  });
});

describe('what is not run here is refused with its name', () => {
  const changed = (files: Readonly<Record<string, unknown>>) =>
    damagedCopy('tiny-sentence-bert', (directory) => {
      for (const [file, content] of Object.entries(files)) {
        mkdirSync(join(directory, file, '..'), { recursive: true });
        json(directory, file, content);
      }
    });
  const modules = (...kinds: readonly string[]) =>
    kinds.map((kind, index) => ({
      type: `sentence_transformers.models.${kind}`,
      path: index ? `${index}_${kind}` : '',
    }));
  const dense = { in_features: 24, out_features: 8, activation_function: 'torch.nn.modules.activation.Mish' };

  test.each([
    ['a module', { 'modules.json': modules('Transformer', 'Pooling', 'LSTM') }, /names a LSTM module/],
    [
      'an order',
      { 'modules.json': modules('Transformer', 'Dense', 'Pooling') },
      /orders its modules Transformer Dense Pooling/,
    ],
    ['a pooling', { '1_Pooling/config.json': { pooling_mode: 'median' } }, /its pooling is median/],
    ['no pooling', { '1_Pooling/config.json': { pooling_mode_mean_tokens: false } }, /states no pooling/],
    [
      'an activation',
      { 'modules.json': modules('Transformer', 'Pooling', 'Dense'), '2_Dense/config.json': dense },
      /Mish/,
    ],
  ])('%s', async (_, files, words) => {
    const error = await errorOf(loadBiEncoder(changed(files)));
    expect(error.code).toBe('model-unsupported');
    expect(error.message).toMatch(words);
  });

  test('weights of another shape, or none', async () => {
    const golden = goldens.cases['Dense F32 tanh, Normalize, cut to 8']!;
    const config = { ...(golden.files['2_Dense/config.json'] as object), out_features: 21 };
    const files = { ...golden.files, '2_Dense/config.json': config };
    const shape = await errorOf(loadBiEncoder(modelOf({ ...golden, files })));
    expect([shape.code, shape.problem]).toEqual([
      'model-damaged',
      expect.stringMatching(/\[20,24\], not \[21,24\]/),
    ]);
    const none = await errorOf(loadBiEncoder(modelOf({ ...golden, weights: {} })));
    expect([none.code, none.message]).toEqual([
      'model-damaged',
      expect.stringContaining('model.safetensors'),
    ]);
  });
});

describe('a DPR pair', () => {
  test('is refused when swapped, when one half is loaded alone, and when lengths differ', async () => {
    const pair = { query: dprModel('query'), passage: dprModel('passage') };
    const swapped = await errorOf(
      loadDualEncoder({ query: pair.passage, passage: pair.query }, { workers: 1, optimize: false }),
    );
    expect([swapped.code, swapped.message]).toEqual([
      'model-unsupported',
      expect.stringContaining('DPRContextEncoder'),
    ]);
    const alone = await errorOf(loadBiEncoder(pair.query));
    expect(alone.message).toMatch(/queries only\. Load both models: loadDualEncoder/);
    const other = damagedCopy('tiny-sentence-bert');
    const lengths = await errorOf(
      loadDualEncoder({ query: pair.query, passage: other }, { workers: 1, optimize: false }),
    );
    expect([lengths.code, lengths.message]).toEqual([
      'dimension-mismatch',
      expect.stringMatching(/12 dimensions.* 24/),
    ]);
    const half = await errorOf(loadDualEncoder({ query: pair.query } as never));
    expect([half.code, half.problem]).toEqual(['invalid-options', 'passage is missing.']);
  });

  test('with a projection needs a graph that gives it', async () => {
    const stripped = (kind: 'query' | 'passage') => {
      const directory = dprModel(kind);
      const graph = readFileSync(join(goldensFolder, 'tiny-sentence-bert/onnx/model.onnx'));
      writeFileSync(join(directory, 'onnx/model.onnx'), graph);
      return directory;
    };
    const goldensFolder = join(import.meta.dirname, '../goldens');
    const model = await loadDualEncoder(
      { query: stripped('query'), passage: stripped('passage') },
      { workers: 1, optimize: false },
    );
    const error = await model.embed({ texts, kind: 'query' }).catch((reason: unknown) => reason);
    expect(RetrievalError.is(error) && [error.code, error.problem]).toEqual([
      'model-unsupported',
      expect.stringContaining('projection'),
    ]);
    await model.close();
  });
});

test.each([
  ['prompts', { prompts: 'query: ' }],
  ['prompts.document', { prompts: { document: 'd' } }],
  ['prompts.query', { prompts: { query: 5 } }],
  ['dimensions', { dimensions: 1.5 }],
  ['pooling', { pooling: 'median' }],
  ['unitLength', { unitLength: true }],
])('an unusable %s is refused by name', async (name, options) => {
  const error = await errorOf(loadBiEncoder(damagedCopy('tiny-sentence-bert'), options as BiEncoderOptions));
  expect([error.code, error.problem.split(' ')[0]]).toEqual(['invalid-options', name]);
});
