import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { ModelWarning } from '../../src/entries/runtime.ts';
import { loadBiEncoder, loadCrossEncoder, RetrievalError } from '../../src/index.ts';
import { inspectModelDirectory } from '../../src/models/model-directory/inspect-model-directory.ts';
import { damagedCopy, fillInitializer, graphOf, removeCopies, renameInGraph } from './damaged-model.ts';

afterAll(removeCopies);

async function refusal(promise: Promise<unknown>): Promise<RetrievalError> {
  const error = await promise.then(
    () => new Error('it was accepted'),
    (reason: unknown) => reason,
  );
  if (!RetrievalError.is(error)) throw error;
  expect(error.problem).toMatch(/\.$/);
  expect(error.nextStep).toMatch(/\.$/);
  return error;
}

describe('a model directory that cannot be used', () => {
  test.each(['config.json', 'tokenizer.json', 'onnx/model.onnx'])('without %s', async (file) => {
    const directory = damagedCopy('tiny-bert', (copy) => rmSync(join(copy, file)));
    const error = await refusal(loadCrossEncoder(directory));
    expect(error.code).toBe('model-not-found');
    expect(error.problem).toContain(file);
  });

  test('that is not there', async () => {
    const error = await refusal(loadCrossEncoder('/nowhere/at-all'));
    expect(error).toMatchObject({ code: 'model-not-found', origin: 'at-all' });
    expect(error.message).toContain('/nowhere/at-all');
  });

  test.each([0, 100, 20_000])('with an ONNX file cut to %d bytes', async (bytes) => {
    const directory = damagedCopy('tiny-bert', (copy) => truncateSync(graphOf(copy), bytes));
    const error = await refusal(loadCrossEncoder(directory, { workers: 2 }));
    expect(error.code).toBe('model-damaged');
    expect(error.cause).toBeInstanceOf(Error);
  });

  test.each(['config.json', 'tokenizer.json'])('with half of %s', async (file) => {
    const directory = damagedCopy('tiny-bert', (copy) => truncateSync(join(copy, file), 200));
    const error = await refusal(loadCrossEncoder(directory));
    expect(error.code).toBe('model-damaged');
    expect(error.problem).toContain(file);
  });

  test('with a file that differs from its pinned digest, or its pinned size', async () => {
    const pin = { sha256: '0'.repeat(64), bytes: 475 };
    for (const bytes of [475, 3]) {
      const directory = damagedCopy('tiny-bert', (copy) => {
        writeFileSync(join(copy, 'config.json'), '{}'.padEnd(bytes));
        writeFileSync(join(copy, 'secondpass.json'), JSON.stringify({ files: { 'config.json': pin } }));
      });
      const error = await refusal(loadCrossEncoder(directory));
      expect(error.code).toBe('model-damaged');
      expect(error.problem).toMatch(bytes === 3 ? /3 bytes instead of 475/ : /digest/);
      const inspection = await inspectModelDirectory(directory);
      expect(inspection.problems).toHaveLength(1);
      expect(inspection.files.find(({ path }) => path === 'config.json')?.state).toBe('altered');
    }
  });

  test('whose manifest is not one', async () => {
    const directory = damagedCopy('tiny-bert', (copy) =>
      writeFileSync(join(copy, 'secondpass.json'), '{"scale": "percent"}'),
    );
    expect((await refusal(loadCrossEncoder(directory))).code).toBe('model-damaged');
  });

  test('whose graph has other inputs', async () => {
    const directory = damagedCopy('tiny-bert', (copy) =>
      renameInGraph(copy, 'token_type_ids', 'pixel_values__'),
    );
    const error = await refusal(loadCrossEncoder(directory));
    expect(error.code).toBe('model-unsupported');
    expect(error.problem).toContain('pixel_values__');
  });

  test('whose config names no scoring head', async () => {
    const error = await refusal(loadCrossEncoder(damagedCopy('tiny-sentence-bert')));
    expect(error.code).toBe('model-unsupported');
    expect(error.problem).toContain('BertModel');
  });

  test('that is no sentence-transformers model', async () => {
    const error = await refusal(loadBiEncoder(damagedCopy('tiny-bert')));
    expect(error.code).toBe('model-unsupported');
    expect(error.problem).toContain('modules.json');
  });

  test.each([{ workers: 0 }, { workers: 1.5 }, { maxBatchTokens: -1 }, { maxQueuedBatches: Number.NaN }])(
    'with the option %j',
    async (options) => {
      const error = await refusal(loadCrossEncoder(damagedCopy('tiny-bert'), options));
      expect(error.code).toBe('invalid-options');
      expect(error.problem).toContain(Object.keys(options)[0]);
    },
  );
});

describe('a model whose answers cannot be scores', () => {
  const request = { query: 'bridge', passages: ['a river', 'the harbour at night', 'bread and salt'] };

  async function scoring(directory: string): Promise<RetrievalError> {
    const probed = await refusal(loadCrossEncoder(directory, { workers: 1 }));
    expect(probed.code).toBe('model-output-invalid');
    const model = await loadCrossEncoder(directory, { workers: 1, probe: false });
    const error = await refusal(model.score(request)).finally(() => model.close());
    expect(error.code).toBe('model-output-invalid');
    return error;
  }

  test('NaN', async () => {
    const directory = damagedCopy('tiny-bert', (copy) =>
      fillInitializer(copy, 'model.classifier.bias', Number.NaN),
    );
    expect((await scoring(directory)).problem).toContain('NaN');
  });

  test('one number for every passage is refused when loading, and is a warning in a query', async () => {
    const directory = damagedCopy('tiny-bert', (copy) => fillInitializer(copy, 'model.classifier.weight', 0));
    expect((await refusal(loadCrossEncoder(directory, { workers: 1 }))).code).toBe('model-output-invalid');
    const told: ModelWarning[] = [];
    const onWarning = (warning: ModelWarning) => told.push(warning);
    await using model = await loadCrossEncoder(directory, { workers: 1, probe: false, onWarning });
    expect(await model.score(request)).toHaveLength(3);
    await model.score(request);
    expect(told.map(({ problem }) => problem)).toEqual([expect.stringContaining('3 different passages')]);
  });

  test('an encoder without its head', async () => {
    const directory = damagedCopy('tiny-sentence-bert', (copy) =>
      writeFileSync(join(copy, 'secondpass.json'), '{"scale": "logit"}'),
    );
    expect((await scoring(directory)).problem).toContain('24]');
  });

  test('two labels where the manifest states one', async () => {
    const directory = damagedCopy('tiny-roberta', (copy) =>
      writeFileSync(join(copy, 'secondpass.json'), '{"scale": "logit"}'),
    );
    expect((await scoring(directory)).problem).toContain('shape [2]');
  });

  test('token ids that the graph has no rows for', async () => {
    const directory = damagedCopy('tiny-bert', (copy) => {
      const other = damagedCopy('tiny-roberta');
      rmSync(join(copy, 'tokenizer.json'));
      writeFileSync(join(copy, 'tokenizer.json'), readTokenizer(other));
    });
    expect((await scoring(directory)).problem).toContain('failed on a batch');
  });
});

function readTokenizer(directory: string): string {
  const tokenizer = JSON.parse(readFileSync(join(directory, 'tokenizer.json'), 'utf8'));
  // Ids far beyond the graph's table, as those of a tokenizer with a larger vocabulary.
  for (const token of Object.keys(tokenizer.model.vocab)) tokenizer.model.vocab[token] += 5000;
  for (const token of tokenizer.added_tokens) token.id += 5000;
  return JSON.stringify(tokenizer);
}
