/** The optimized graphs of the bundled models, which are made without running them. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from '@jest/globals';
import { fileDigest, openModelDirectory } from '@secondpass/core/runtime';
import { modelDirectory, modelNames } from '../../../models/src/model-directory.ts';
import { bundledGraphs } from '../../src/graph/bundled-graphs.ts';
import { makeCheckedGraph } from '../../src/graph/checked-graph.ts';
import { graphKey } from '../../src/graph/graph-key.ts';
import { int8SettingsOf } from '../../src/graph/int8/int8-settings.ts';
import { optimizeInThread } from '../../src/graph/optimize-thread.ts';

const folder = mkdtempSync(join(tmpdir(), 'secondpass-checked-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function bundled(name: (typeof modelNames)[number], precision: 'fp32' | 'int8' = 'int8') {
  const model = await openModelDirectory(modelDirectory(name), precision);
  const sha256 = await fileDigest(model, model.graph);
  return { source: model.graph, sha256, int8: await int8SettingsOf(model, sha256) };
}

describe.each(modelNames)('%s', (name) => {
  test.each(['int8', 'fp32'] as const)(
    'comes out in %s as it does where it is made and compared in full',
    async (precision) => {
      const { source, sha256, int8 } = await bundled(name, precision);
      const known = bundledGraphs[graphKey(sha256, int8)];
      // Where this fails, test/graph/write-bundled-graphs.ts has to run again.
      expect(known).toBeDefined();
      const full = await optimizeInThread({
        source,
        ...(int8 && { int8 }),
        target: join(folder, 'full.onnx'),
      });
      const quick = makeCheckedGraph(readFileSync(source), known!, int8);
      expect(full).toMatchObject({ report: { outcome: 'optimized' }, written: { sha256: known!.sha256 } });
      expect(createHash('sha256').update(quick!.file).digest('hex')).toBe(full.written!.sha256);
      const { largestDifference: _, ...report } = full.report;
      expect(quick!.report).toMatchObject(report);
    },
  );

  test('is known in fp32, and in int8 for processors with VNNI and without', async () => {
    const { sha256, int8 } = await bundled(name);
    expect(bundledGraphs[graphKey((await bundled(name, 'fp32')).sha256)]).toBeDefined();
    for (const mostOfWeight of [127, 63] as const) {
      expect(bundledGraphs[graphKey(sha256, { ...int8!, mostOfWeight })]).toBeDefined();
    }
  });
});

test('a thread that is told the name of a known graph takes what was found when it was checked', async () => {
  const { source, sha256, int8 } = await bundled('nano');
  const key = graphKey(sha256, int8);
  const made = await optimizeInThread({ source, key, int8: int8!, target: join(folder, 'quick.onnx') });
  const { report, sha256: expected } = bundledGraphs[key]!;
  expect(made).toMatchObject({ report, written: { sha256: expected } });
});

test('a graph that is another one is made and compared in full', async () => {
  const { source, sha256, int8 } = await bundled('nano');
  const known = bundledGraphs[graphKey(sha256, int8)]!;
  const file = readFileSync(source);
  const settings = { ...int8!, mostOfWeight: int8!.mostOfWeight === 63 ? 127 : 63 } as const;
  expect(makeCheckedGraph(file, known, settings)).toBeUndefined();
  expect(makeCheckedGraph(file, { ...known, sha256: 'a'.repeat(64) }, int8)).toBeUndefined();
  expect(makeCheckedGraph(file.subarray(0, 1000), known, int8)).toBeUndefined();
  // The name of one graph and the file of another: what is made is the other one's, in full.
  const other = fileURLToPath(new URL('exports/bert-sdpa-torchscript.onnx', import.meta.url));
  const made = await optimizeInThread({
    source: other,
    key: graphKey(sha256),
    target: join(folder, 'other.onnx'),
  });
  const { report } = await optimizeInThread({ source: other, target: join(folder, 'other.onnx') });
  expect(made.report).toEqual(report);
  expect(report.nodesBefore).not.toBe(known.report.nodesBefore);
});
