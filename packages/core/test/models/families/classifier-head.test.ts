import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readClassifierHead } from '../../../src/models/cross-encoder/classifier-head.ts';
import { readSafetensors } from '../../../src/models/model-directory/safetensors.ts';

let path: string;
beforeAll(() => {
  path = mkdtempSync(join(tmpdir(), 'secondpass-weights-'));
});
afterAll(() => rmSync(path, { recursive: true, force: true }));

/** A safetensors file whose tensors hold 1, 2, 3 … in float32, or the given bytes. */
function writeWeights(
  shapes: Record<string, number[]>,
  special: Record<string, [dtype: string, bytes: number[]]> = {},
) {
  const header: Record<string, object> = { __metadata__: { format: 'pt' } };
  const chunks: Buffer[] = [];
  let at = 0;
  for (const [name, shape] of Object.entries(shapes)) {
    const count = shape.reduce((product, side) => product * side, 1);
    const [dtype, bytes] = special[name] ?? [
      'F32',
      [...new Uint8Array(Float32Array.from({ length: count }, (_, index) => index + 1).buffer)],
    ];
    header[name] = { dtype, shape, data_offsets: [at, at + bytes.length] };
    chunks.push(Buffer.from(bytes));
    at += bytes.length;
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  writeFileSync(join(path, 'model.safetensors'), Buffer.concat([length, json, ...chunks]));
}

const readHead = (config: Readonly<Record<string, unknown>>) =>
  readClassifierHead({ path, name: 'model', manifest: {}, graph: '', precision: 'fp32' }, config);
const biases = (...names: string[]) =>
  Object.fromEntries(
    names.flatMap((name) => [
      [`${name}.weight`, [2, 2]],
      [`${name}.bias`, [2]],
    ]),
  );

describe('the classification head, told by the names of its tensors', () => {
  test.each([
    ['BERT', biases('bert.pooler.dense', 'classifier'), {}, ['tanh', 'identity']],
    ['DeBERTa', biases('pooler.dense', 'classifier'), { pooler_hidden_act: 'gelu' }, ['gelu', 'identity']],
    [
      'RoBERTa',
      biases('classifier.dense', 'classifier.out_proj'),
      { model_type: 'roberta' },
      ['tanh', 'identity'],
    ],
    [
      'ELECTRA',
      biases('classifier.dense', 'classifier.out_proj'),
      { model_type: 'electra' },
      ['gelu', 'identity'],
    ],
  ])('of %s', async (_, shapes, config, activations) => {
    writeWeights({ ...shapes, 'encoder.layer.0.weight': [3, 3] });
    const head = await readHead(config);
    expect(head!.pooling).toBe('first-token');
    expect(head!.layers.map((layer) => layer.kind === 'dense' && layer.activation)).toEqual(activations);
    expect(head!.layers[1]).toMatchObject({ outputs: 2, weight: Float32Array.from([1, 2, 3, 4]) });
  });

  test('of ModernBERT: a normalization between, and its own pooling', async () => {
    writeWeights({ 'head.dense.weight': [2, 2], 'head.norm.weight': [2], 'classifier.weight': [1, 2] });
    const head = await readHead({ classifier_pooling: 'mean', norm_eps: 1e-6 });
    expect(head!.pooling).toBe('mean');
    expect(head!.layers.map(({ kind }) => kind)).toEqual(['dense', 'norm', 'dense']);
    expect(head!.layers[1]).toMatchObject({ epsilon: 1e-6 });
  });

  test('none where there is none, and an activation that is not run here is named', async () => {
    writeWeights({ 'encoder.weight': [2] });
    expect(await readHead({})).toBeUndefined();
    writeWeights(biases('pooler.dense', 'classifier'));
    await expect(readHead({ pooler_hidden_act: 'mish' })).rejects.toThrow('mish');
  });
});

describe('a safetensors file', () => {
  const all = () => readSafetensors(join(path, 'model.safetensors'), (names) => names);

  test('in half precision and bfloat16', async () => {
    // 1, −2, the smallest half, infinity; then 1, −2 in bfloat16.
    const half = [0x00, 0x3c, 0x00, 0xc0, 0x01, 0x00, 0x00, 0x7c];
    writeWeights(
      { half: [4], brain: [2] },
      { half: ['F16', half], brain: ['BF16', [0x80, 0x3f, 0x00, 0xc0]] },
    );
    const tensors = await all();
    expect([...tensors.get('half')!.data]).toEqual([1, -2, 2 ** -24, Number.POSITIVE_INFINITY]);
    expect([...tensors.get('brain')!.data]).toEqual([1, -2]);
  });

  test.each<[string, Record<string, [string, number[]]>]>([
    ['another type', { a: ['I64', [0, 0, 0, 0, 0, 0, 0, 0]] }],
    ['fewer bytes than its shape', { a: ['F32', [0, 0]] }],
  ])('with %s is refused', async (_, special) => {
    writeWeights({ a: [1] }, special);
    await expect(all()).rejects.toMatchObject({ code: 'model-damaged' });
  });

  test('that is none is refused', async () => {
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(8, 0xff), Buffer.from('version https://git-lfs')]) {
      writeFileSync(join(path, 'model.safetensors'), bytes);
      await expect(all()).rejects.toMatchObject({ code: 'model-damaged' });
    }
  });
});
