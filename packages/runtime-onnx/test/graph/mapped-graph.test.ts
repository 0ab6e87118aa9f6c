import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { loadBiEncoder, loadCrossEncoder } from '@secondpass/core';
import { modelDirectory } from '../../../models/src/index.ts';
import { alignWeights } from '../../src/graph/aligned-weights.ts';
import { mappedGraphOf } from '../../src/graph/mapped-graph.ts';
import { decodeModel, encodeModel } from '../../src/graph/onnx/onnx-codec.ts';

const environment = process.env['SECONDPASS_CACHE'];
const made: string[] = [];
const folder = () => {
  const fresh = mkdtempSync(join(tmpdir(), 'secondpass-mapped-'));
  made.push(fresh);
  return fresh;
};
const restore = () => {
  if (environment === undefined) delete process.env['SECONDPASS_CACHE'];
  else process.env['SECONDPASS_CACHE'] = environment;
};
afterAll(() => {
  for (const one of made) rmSync(one, { recursive: true, force: true });
});

const isOptimized = (name: string) => /^[0-9a-f]{64}-.*onnx$/.test(name);
const query = 'why does bread rise';
const passages = ['Yeast makes gas.', 'The harbour froze in 1929.', 'Salt slows yeast down. '.repeat(40)];

describe('a mapped graph', () => {
  let cache: string;
  beforeAll(() => {
    cache = folder();
  });
  beforeEach(() => {
    process.env['SECONDPASS_CACHE'] = cache;
  });
  afterEach(restore);
  const files = () => readdirSync(join(cache, 'graphs')).filter((name) => name.startsWith('mapped-'));
  const scores = async (optimize: boolean) => {
    await using model = await loadCrossEncoder(modelDirectory('nano'), { workers: 2, optimize });
    return (await model.score({ query, passages })).map(({ rawScore }) => rawScore);
  };

  test('gives the same scores bit by bit, when it is made, when it is found and when it is made again', async () => {
    // In int8 `optimize: false` runs the same graph, and does not map it.
    const expected = await scores(false);
    expect(files()).toEqual([]);
    expect(await scores(true)).toEqual(expected);
    expect(
      files()
        .map((name) => name.replace(/.*\./, ''))
        .sort(),
    ).toEqual(['json', 'onnx', 'weights']);
    expect(await scores(true)).toEqual(expected);
    const weights = join(cache, 'graphs', files().find((name) => name.endsWith('.weights'))!);
    const { length } = readFileSync(weights);
    truncateSync(weights, 1000);
    expect(await scores(true)).toEqual(expected);
    expect(readFileSync(weights)).toHaveLength(length);
  }, 120_000);

  test('is not read again while nobody has touched it, and is checked again after that', async () => {
    await scores(true);
    const [entry, weights] = ['.json', '.weights'].map((end) =>
      join(cache, 'graphs', files().find((name) => name.endsWith(end))!),
    ) as [string, string];
    const graph = weights.replace(/weights$/, 'onnx');
    const source = join(cache, 'graphs', readdirSync(join(cache, 'graphs')).find(isOptimized)!);
    const known = JSON.parse(readFileSync(entry, 'utf8'));
    // With a digest that is wrong, only the stamp can say that the files are whole.
    const wrong = { ...known, weights: { ...known.weights, sha256: 'wrong' } };
    writeFileSync(entry, JSON.stringify(wrong));
    expect(await mappedGraphOf(source)).toBe(graph);
    expect(JSON.parse(readFileSync(entry, 'utf8'))).toEqual(wrong);

    writeFileSync(entry, JSON.stringify(known));
    utimesSync(weights, 1, 1);
    expect(await mappedGraphOf(source)).toBe(graph);
    const again = JSON.parse(readFileSync(entry, 'utf8'));
    expect(again.weights.sha256).toBe(known.weights.sha256);
    expect(again.weights.stamp).not.toBe(known.weights.stamp);
  }, 120_000);

  test('is not made of a small graph, nor where the cache cannot be written', async () => {
    const small = join(folder(), 'model.onnx');
    writeFileSync(small, 'a small file');
    expect(await mappedGraphOf(small)).toBe(small);
    const large = join(folder(), 'model.onnx');
    writeFileSync(large, Buffer.alloc(5 * 2 ** 20));
    // ONNX Runtime cannot read it: the graph itself is loaded, and its error is the one that is told.
    expect(await mappedGraphOf(large)).toBe(large);
    process.env['SECONDPASS_CACHE'] = join(small, 'inside-a-file');
    expect(await mappedGraphOf(large)).toBe(large);
    expect(files().filter((name) => name.includes(`.${process.pid}.`))).toEqual([]);
  });

  // The numbers of a process are in /proc, which only Linux has.
  const onLinux = platform() === 'linux' ? test : test.skip;
  onLinux(
    'is in memory once for four threads',
    async () => {
      const load = () => loadBiEncoder(modelDirectory('bi-encoder'), { workers: 4 });
      // The first load makes the files.
      await (await load()).close();
      const before = anonymousMB();
      await using model = await load();
      await model.embed({ texts: passages, kind: 'passage' });
      const maps = readFileSync('/proc/self/maps', 'utf8');
      expect(maps).toMatch(/mapped-[0-9a-f]+\.weights/);
      // The weights have 90 MB in fp32. Copies in each of the threads would take 360; without them, 60 to 90 are taken.
      expect(anonymousMB() - before).toBeLessThan(200);
    },
    120_000,
  );
});

test('weights are aligned to cache lines, prepacked ones too', async () => {
  const from = folder();
  const source = { graph: join(from, 'a.onnx'), weights: join(from, 'a.weights') };
  writeFileSync(source.weights, Buffer.from(Array.from({ length: 100 }, (_, index) => index)));
  const entries = {
    location: 'a.weights',
    offset: '3',
    length: '10',
    prepacked_0: 'MatMul+7|13;20;0|33;5;0',
  };
  const model = decodeModel(new Uint8Array());
  const tensor = { name: 'weight', dims: [10], dataType: 3, dataLocation: 1 };
  const lists = {
    floatData: [],
    int32Data: [],
    stringData: [],
    int64Data: [],
    doubleData: [],
    uint64Data: [],
  };
  const externalData = Object.entries(entries).map(([key, value]) => ({ key, value }));
  const none = { node: [], input: [], output: [], valueInfo: [], quantizationAnnotation: [] };
  const initializer = [{ ...tensor, ...lists, externalData, metadataProps: [] }];
  model.graph = { ...none, initializer, sparseInitializer: [], metadataProps: [] };
  writeFileSync(source.graph, encodeModel(model));
  const target = { graph: join(from, 'b.onnx'), weights: join(from, 'b.weights') };
  await alignWeights(source, target, 'later.weights');
  const moved = decodeModel(readFileSync(target.graph)).graph!.initializer[0]!.externalData;
  expect(Object.fromEntries(moved.map(({ key, value }) => [key, value]))).toEqual({
    location: 'later.weights',
    offset: '0',
    length: '10',
    prepacked_0: 'MatMul+7|64;20;0|128;5;0',
  });
  const bytes = readFileSync(target.weights);
  expect([bytes[0], bytes[9], bytes[64], bytes[83], bytes[128], bytes[132]]).toEqual([3, 12, 13, 32, 33, 37]);
});

function anonymousMB(): number {
  const status = readFileSync('/proc/self/status', 'utf8');
  return Number(/^RssAnon:\s*(\d+)/m.exec(status)?.[1]) / 1000;
}
