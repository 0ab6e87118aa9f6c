import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { SessionThread } from '../../../../runtime-common/src/inference/session-thread.ts';
import { rangesByWeight } from '../../../src/graph/int8/activation-ranges.ts';
import { measureRangesInThread } from '../../../src/graph/int8/measure-thread.ts';
import { weightLimit } from '../../../src/graph/int8/weight-limit.ts';
import { optimizeInThread } from '../../../src/graph/optimize-thread.ts';
import { sessionScript } from '../../../src/inference/open-session.ts';
import { newFolder, removeFolders } from './calibrated-copy.ts';
import { encoderFile, type WeightForm, weightForms } from './encoder-file.ts';

afterAll(removeFolders);

const sequence = (length: number, seed: number) => ({
  ids: Int32Array.from({ length }, (_, place) => 3 + ((seed * 31 + place * 17 + place ** 2) % 45)),
  typeIds: new Int32Array(length),
});
const sequences = Array.from({ length: 24 }, (_, index) => sequence(2 + index, index));

/** Calibrates a graph, turns it, and runs both forms on some of the sequences. */
async function turn(source: string) {
  const ranges = await measureRangesInThread({ source, sequences });
  const target = join(newFolder(), 'int8.onnx');
  const { report } = await optimizeInThread({
    source,
    target,
    int8: { ranges, mostOfWeight: weightLimit() },
  });
  expect(report).toMatchObject({ outcome: 'optimized', reason: '' });
  const outputs = [];
  for (const graph of [source, target]) {
    const thread = new SessionThread({
      origin: 'test',
      script: sessionScript,
      settings: { graph, preferredOutputs: ['logits'], threads: 1 },
    });
    await thread.ready;
    outputs.push(await thread.run({ sequences: [7, 20, 3, 0].map((index) => sequences[index]!) }));
    await thread.close();
  }
  const [expected, actual] = outputs;
  expect(actual!.dims).toEqual(expected!.dims);
  const largest = Math.max(...expected!.data.map(Math.abs));
  const furthest = Math.max(...expected!.data.map((value, index) => Math.abs(value - actual!.data[index]!)));
  const applied = report.passes.find(({ pass }) => pass === 'int8')!.applied;
  return { ranges, applied, error: furthest / largest };
}

const forms = Object.entries(weightForms) as [WeightForm, number][];
test.each([...forms.map(([form, opset]) => [form, opset] as const), ['as fp32', 18] as const])(
  'weights %s, opset %i',
  async (form, opset) => {
    const source = join(newFolder(), 'model.onnx');
    writeFileSync(source, encoderFile(form, opset));
    const { ranges, applied, error } = await turn(source);
    expect(applied).toBe(4);
    // Two weights that are read twice: each reader has its own range.
    expect([...rangesByWeight(ranges).values()].map(({ length }) => length)).toEqual([2, 2]);
    // Without VNNI a weight has half of the steps.
    expect(error).toBeLessThan(weightLimit() === 127 ? 0.03 : 0.06);
  },
);

describe('exported encoders', () => {
  test.each([
    ['bert-sdpa-dynamo', 12],
    ['modernbert-eager-torchscript', 9],
  ])('%s has %i linear layers', async (name, count) => {
    const source = fileURLToPath(new URL(`../exports/${name}.onnx`, import.meta.url));
    const { applied, error } = await turn(source);
    expect(applied).toBe(count);
    expect(error).toBeLessThan(0.05);
  });
});
