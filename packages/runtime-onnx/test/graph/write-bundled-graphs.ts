/**
 * Writes `src/graph/bundled-graphs.ts`: the optimized graphs of the bundled models by their digests, after they were made and
 * compared with their originals. It runs after a change of the optimizer, of ONNX Runtime or of a bundled model, on any
 * processor: without VNNI full weights overflow, but int8 is only asked for finite numbers, and a file's bytes are the same.
 *
 *     npx -y pnpm@12 exec node packages/runtime-onnx/test/graph/write-bundled-graphs.ts && npx -y pnpm@12 run format
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import type { Precision } from '@secondpass/core';
import { fileDigest, openModelDirectory } from '@secondpass/core/runtime';
import { type BundledModel, modelDirectory, modelNames } from '../../../models/src/model-directory.ts';
import { type CheckedGraph, makeCheckedGraph } from '../../src/graph/checked-graph.ts';
import { graphKey } from '../../src/graph/graph-key.ts';
import { int8SettingsOf } from '../../src/graph/int8/int8-settings.ts';
import type { Int8Settings } from '../../src/graph/int8/quantize-graph.ts';
import { optimizeGraph } from '../../src/graph/optimize-graph.ts';

const graphs: Record<string, CheckedGraph> = {};

async function check(file: Uint8Array, sha256: string, int8?: Int8Settings): Promise<void> {
  const { report, file: made } = await optimizeGraph(file, int8);
  if (!made) throw new Error(`${sha256} was left as it is: ${report.reason}`);
  const checked = { sha256: createHash('sha256').update(made).digest('hex'), report };
  if (!makeCheckedGraph(file, checked, int8)) throw new Error(`${sha256} needs shapes to be rewritten.`);
  graphs[graphKey(sha256, int8)] = checked;
}

async function checkModel(name: BundledModel, precision: Precision): Promise<void> {
  const model = await openModelDirectory(modelDirectory(name), precision);
  const sha256 = await fileDigest(model, model.graph);
  const file = readFileSync(model.graph);
  const int8 = await int8SettingsOf(model, sha256);
  if (!int8) return check(file, sha256);
  for (const mostOfWeight of [127, 63] as const) await check(file, sha256, { ...int8, mostOfWeight });
}

for (const name of modelNames) {
  await checkModel(name, 'int8');
  await checkModel(name, 'fp32');
}
writeFileSync(
  new URL('../../src/graph/bundled-graphs.ts', import.meta.url),
  `import type { CheckedGraph } from './checked-graph.ts';

/** The optimized graphs of the bundled models, by \`graphKey\`, as \`test/graph/write-bundled-graphs.ts\` wrote them down. */
export const bundledGraphs: Readonly<Record<string, CheckedGraph>> = ${JSON.stringify(graphs)};
`,
);
process.stdout.write(`${Object.keys(graphs).length} graphs were checked.\n`);
