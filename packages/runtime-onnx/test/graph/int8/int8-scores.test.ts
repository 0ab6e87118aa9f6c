import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type CrossEncoder, loadBiEncoder, loadCrossEncoder, type Precision } from '@secondpass/core';
import { calibrateBiEncoder, calibrateCrossEncoder } from '@secondpass/core/models';
import { graphOf } from '../../../../core/test/models/damaged-model.ts';
import { optimizeModel } from '../../../src/index.ts';
import { calibratedCopy, newFolder, pairs, removeFolders, tiny } from './calibrated-copy.ts';

const environment = process.env['SECONDPASS_CACHE'];
const cache = newFolder();
const query = pairs[3]!.query;
const passages = pairs.slice(100).map(({ passage }) => passage);
const rangesIn = (directory: string) => join(directory, 'onnx/activation_ranges.json');

beforeEach(() => {
  process.env['SECONDPASS_CACHE'] = cache;
});
afterEach(() => {
  if (environment === undefined) delete process.env['SECONDPASS_CACHE'];
  else process.env['SECONDPASS_CACHE'] = environment;
});
afterAll(removeFolders);

async function scoresOf(model: CrossEncoder, texts = passages): Promise<number[]> {
  return (await model.score({ query, passages: texts })).map(({ rawScore }) => rawScore);
}

async function withModel<T>(
  directory: string,
  options: { readonly precision?: Precision; readonly optimize?: boolean },
  use: (model: CrossEncoder) => Promise<T> | T,
): Promise<T> {
  const model = await loadCrossEncoder(directory, { workers: 1, ...options });
  try {
    return await use(model);
  } finally {
    await model.close();
  }
}

describe.each(['tiny-bert', 'tiny-roberta'])('%s in int8', (name) => {
  let directory: string;
  let full: number[];
  let int8: number[];
  let alone: number[];

  beforeAll(async () => {
    process.env['SECONDPASS_CACHE'] = cache;
    directory = await calibratedCopy(name);
    full = await withModel(directory, { precision: 'fp32' }, (model) => scoresOf(model));
    [int8, alone] = await withModel(directory, { precision: 'int8' }, async (model) => {
      const together = await scoresOf(model);
      const single = [];
      for (const passage of passages.slice(0, 30)) single.push(...(await scoresOf(model, [passage])));
      return [together, single];
    });
  });

  test('scores near fp32, and orders almost alike', () => {
    // Random weights spread the scores by no more than 0.004, so the bound is relative to that.
    const differences = full.map((score, index) => score - int8[index]!);
    expect(rootMeanSquare(differences)).toBeGreaterThan(0);
    expect(rootMeanSquare(differences)).toBeLessThan(0.3 * spread(full));
    expect(kendallTau(full, int8)).toBeGreaterThan(0.85);
  });

  test('scores the same alone and in a mixed batch', () => {
    // Not bound to be 0: attention and norms are fp32, where a sum's last digit depends on how it is split, and an input
    // that lies on the border of two integers may then take the other one. None does in these small models.
    for (const [index, score] of alone.entries()) expect(Math.abs(score - int8[index]!)).toBeLessThan(1e-5);
  });

  test('is made without `optimize` too, and says what it is', async () => {
    const scores = await withModel(directory, { precision: 'int8', optimize: false }, (model) => {
      expect(model.precision).toBe('int8');
      return scoresOf(model);
    });
    expect(scores).toEqual(int8);
    await withModel(directory, {}, (model) => expect(model.precision).toBe('fp32'));
  });

  test('is written as a directory that needs no ranges', async () => {
    const out = join(newFolder(), 'int8');
    const { path } = await optimizeModel(directory, { precision: 'int8', out });
    expect(path).toBe(join(out, 'onnx/model_quantized.onnx'));
    expect(existsSync(rangesIn(out))).toBe(false);
    const manifest = JSON.parse(readFileSync(join(out, 'secondpass.json'), 'utf8'));
    expect(manifest).toMatchObject({ arithmetic: 'int8', batchInvariant: true });
    await withModel(out, {}, async (model) => {
      expect(model.precision).toBe('int8');
      expect(kendallTau(await scoresOf(model), int8)).toBeGreaterThan(0.999);
    });
  });
});

test('a bi-encoder in int8 points the same way', async () => {
  const out = newFolder();
  const texts = pairs.slice(0, 60).map(({ passage }) => passage);
  await calibrateBiEncoder(tiny('tiny-sentence-bert'), { texts, out });
  const vectors = [];
  for (const precision of ['fp32', 'int8'] as const) {
    const model = await loadBiEncoder(out, { workers: 1, precision });
    expect(model.precision).toBe(precision);
    vectors.push(await model.embed({ texts: passages.slice(0, 20), kind: 'passage' }));
    await model.close();
  }
  for (const [index, vector] of vectors[0]!.entries()) {
    const other = vectors[1]![index]!;
    const product = vector.reduce((sum, value, place) => sum + value * other[place]!, 0);
    expect(product / Math.hypot(...vector) / Math.hypot(...other)).toBeGreaterThan(0.999);
  }
});

describe('refuses', () => {
  test('int8 without ranges', async () => {
    const outcome = loadCrossEncoder(tiny('tiny-bert'), { precision: 'int8' });
    await expect(outcome).rejects.toMatchObject({ code: 'model-not-found' });
    await expect(outcome).rejects.toThrow('activation_ranges.json');
  });

  test("another graph's ranges", async () => {
    const directory = await calibratedCopy('tiny-bert');
    writeFileSync(graphOf(directory), readFileSync(graphOf(tiny('tiny-roberta'))));
    await expect(loadCrossEncoder(directory, { precision: 'int8' })).rejects.toMatchObject({
      code: 'model-damaged',
      message: expect.stringContaining('another graph'),
    });
  });

  test('too few texts, a copy in the way, and pinned ranges', async () => {
    const few = calibrateCrossEncoder(tiny('tiny-bert'), { pairs: pairs.slice(0, 15), out: newFolder() });
    await expect(few).rejects.toMatchObject({ code: 'invalid-options' });
    const directory = await calibratedCopy('tiny-bert');
    const inTheWay = calibrateCrossEncoder(tiny('tiny-bert'), { pairs: pairs.slice(0, 16), out: directory });
    await expect(inTheWay).rejects.toMatchObject({ code: 'invalid-options' });
    const { length: bytes } = readFileSync(rangesIn(directory));
    const file = { sha256: '0'.repeat(64), bytes };
    writeFileSync(
      join(directory, 'secondpass.json'),
      JSON.stringify({ files: { 'onnx/activation_ranges.json': file } }),
    );
    const pinned = calibrateCrossEncoder(directory, { pairs: pairs.slice(0, 16) });
    await expect(pinned).rejects.toThrow('pins');
    await expect(loadCrossEncoder(directory, { precision: 'int8' })).rejects.toThrow('digest');
  });

  test('to go on once the caller aborts', async () => {
    const reason = new Error('enough');
    const out = newFolder();
    const outcome = calibrateCrossEncoder(tiny('tiny-bert'), {
      pairs,
      out,
      signal: AbortSignal.abort(reason),
    });
    await expect(outcome).rejects.toBe(reason);
    expect(existsSync(rangesIn(out))).toBe(false);
  });
});

test('where int8 cannot be made, it is an error if asked for, and fp32 if only the default', async () => {
  const directory = await calibratedCopy('tiny-bert');
  writeFileSync(join(directory, 'secondpass.json'), JSON.stringify({ precision: 'int8' }));
  const file = join(newFolder(), 'file');
  writeFileSync(file, '');
  process.env['SECONDPASS_CACHE'] = file;
  await expect(loadCrossEncoder(directory, { precision: 'int8' })).rejects.toMatchObject({
    code: 'model-unsupported',
    message: expect.stringContaining('SECONDPASS_CACHE'),
  });
  await expect(optimizeModel(directory, { out: join(newFolder(), 'out') })).rejects.toMatchObject({
    code: 'model-unsupported',
  });
  await withModel(directory, {}, (model) => expect(model.precision).toBe('fp32'));
  process.env['SECONDPASS_CACHE'] = cache;
  await withModel(directory, {}, (model) => expect(model.precision).toBe('int8'));
  rmSync(rangesIn(directory));
  await expect(loadCrossEncoder(directory)).rejects.toMatchObject({ code: 'model-not-found' });
});

function rootMeanSquare(values: readonly number[]): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
}

function spread(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return rootMeanSquare(values.map((value) => value - mean));
}

function kendallTau(a: readonly number[], b: readonly number[]): number {
  let [agreeing, count] = [0, 0];
  for (let i = 0; i < a.length; i += 1) {
    for (let j = 0; j < i; j += 1) {
      agreeing += Math.sign((a[i]! - a[j]!) * (b[i]! - b[j]!));
      count += 1;
    }
  }
  return agreeing / count;
}
