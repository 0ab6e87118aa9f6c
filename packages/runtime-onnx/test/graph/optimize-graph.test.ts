import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { SessionThread } from '../../../runtime-common/src/inference/session-thread.ts';
import { decodeModel, encodeModel } from '../../src/graph/onnx/onnx-codec.ts';
import { optimizeInThread } from '../../src/graph/optimize-thread.ts';
import { sessionScript } from '../../src/inference/open-session.ts';

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const exported = readdirSync(path('./exports')).map((name) => `./exports/${name}`);
const encoders = [
  ...exported,
  '../../../core/test/models/goldens/tiny-bert/onnx/model.onnx',
  '../../../core/test/models/goldens/tiny-roberta/onnx/model.onnx',
];
const read = (name: string) => new Uint8Array(readFileSync(path(name)));

const folder = mkdtempSync(join(tmpdir(), 'secondpass-graph-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** On a thread of its own, as it is run outside of tests too. */
async function optimize(file: Uint8Array) {
  const own = mkdtempSync(join(folder, 'graph-'));
  const [source, target] = [join(own, 'source.onnx'), join(own, 'target.onnx')];
  writeFileSync(source, file);
  const { report, written } = await optimizeInThread({ source, target });
  return { report, target, file: written ? new Uint8Array(readFileSync(target)) : undefined };
}

/** Of a file as it is committed, once. */
const optimized = new Map<string, ReturnType<typeof optimize>>();
function optimizedOnce(name: string) {
  const outcome = optimized.get(name) ?? optimize(read(name));
  optimized.set(name, outcome);
  return outcome;
}

describe.each(encoders)('%s', (name) => {
  test('reads the last layer for the first token only, and computes the same', async () => {
    const { report, target } = await optimizedOnce(name);
    expect(report).toMatchObject({ outcome: 'optimized', reason: '' });
    expect(report.passes.find(({ pass }) => pass === 'first token only')!.applied).toBeGreaterThan(3);
    const threads = [path(name), target].map(
      (graph) =>
        new SessionThread({
          origin: 'test',
          script: sessionScript,
          settings: { graph, preferredOutputs: ['logits'], threads: 1 },
        }),
    );
    const hidden = { ...randomSequence(9, 1), attended: 0 };
    for (const lengths of [[1], [3, 3], [2, 31, 7, 1], [30, 12, 12, 5, 29, 1, 18]]) {
      // A row whose mask hides every token: some exports divide zero by zero there, and put zeros afterwards.
      const sequences = [...lengths.map(randomSequence), ...(lengths.length > 2 ? [hidden] : [])];
      const [expected, actual] = await Promise.all(
        threads.map(async (thread) => {
          await thread.ready;
          return thread.run({ sequences });
        }),
      );
      expect(actual!.dims).toEqual(expected!.dims);
      for (const [index, logit] of expected!.data.entries()) {
        expect(Math.abs(actual!.data[index]! - logit)).toBeLessThan(1e-5);
      }
    }
    await Promise.all(threads.map((thread) => thread.close()));
  });
});

function randomSequence(length: number, row: number) {
  const ids = Int32Array.from({ length }, (_, column) => 3 + ((row * 31 + column * 47 + column ** 2) % 97));
  return { ids, typeIds: new Int32Array(length) };
}

test("exports with PyTorch's SDPA get cheaper guards", async () => {
  const { report } = await optimizedOnce('./exports/bert-sdpa-dynamo.onnx');
  expect(report.passes).toContainEqual({ pass: 'empty row guards', applied: 2, notes: [] });
});

test('the same file gives the same bytes', async () => {
  const [first, second] = [await optimizedOnce(encoders[0]!), await optimize(read(encoders[0]!))];
  expect(first.file).toEqual(second.file);
});

test('a model that pools over all tokens keeps all tokens', async () => {
  const { report } = await optimize(
    read('../../../core/test/models/goldens/tiny-sentence-bert/onnx/model.onnx'),
  );
  const selection = report.passes.find(({ pass }) => pass === 'first token only')!;
  expect(selection).toMatchObject({ applied: 0, notes: ['Nothing reads only the first token of a layer.'] });
});

describe('is left as it is, and says why:', () => {
  const left = async (file: Uint8Array) => {
    const { report, file: made } = await optimize(file);
    expect(made).toBeUndefined();
    expect(report.outcome).toBe('left-as-it-is');
    expect(report.nodesAfter).toBe(report.nodesBefore);
    return report.reason;
  };

  test('something that is not an ONNX file', async () => {
    expect(await left(new TextEncoder().encode('<html>not found</html>'))).toMatch(/not understood/);
  });

  test('weights in another file', async () => {
    const model = decodeModel(read(encoders[0]!));
    model.graph!.initializer[0]!.dataLocation = 1;
    expect(await left(encodeModel(model))).toBe('Its weights are in another file.');
  });

  test('inputs that are not those of a text encoder', async () => {
    const model = decodeModel(read(encoders[0]!));
    for (const { input } of model.graph!.node) {
      for (const [index, value] of input.entries())
        if (value === 'attention_mask') input[index] = 'pixel_mask';
    }
    const mask = model.graph!.input.find((input) => input.name === 'attention_mask')!;
    mask.name = 'pixel_mask';
    expect(await left(encodeModel(model))).toMatch(/asks for an input pixel_mask/);
  });

  test('control flow', async () => {
    const model = decodeModel(read(encoders[0]!));
    const [attribute] = model.graph!.node.flatMap(({ attribute }) => attribute);
    attribute!.graphs.push({ ...model.graph!, node: [] });
    expect(await left(encodeModel(model))).toMatch(/control flow/);
  });
});
