import { RetrievalError } from '@secondpass/core';
import { type ModelDirectory, rangesFile, readModelJson } from '@secondpass/core/runtime';
import { activationRangesSchema } from './activation-ranges-schema.ts';
import type { Int8Settings } from './quantize-graph.ts';
import { weightLimit } from './weight-limit.ts';

/**
 * How a model's graph is turned into int8; `undefined` if the graph is run as it is.
 *
 * @param sha256 digest of the graph, hexadecimal
 * @throws RetrievalError `model-damaged` for ranges that cannot be read, or that belong to another graph
 */
export async function int8SettingsOf(
  { path, name, activationRanges }: ModelDirectory,
  sha256: string,
): Promise<Int8Settings | undefined> {
  if (activationRanges === undefined) return undefined;
  const ranges = (await readModelJson(path, rangesFile, activationRangesSchema))!;
  if (ranges.graph === sha256) return { ranges, mostOfWeight: weightLimit() };
  throw new RetrievalError({
    code: 'model-damaged',
    origin: name,
    problem: `${rangesFile} was measured on another graph.`,
    nextStep: 'Measure it again with `secondpass optimize MODEL --precision int8 --texts FILE`, or use fp32.',
  });
}
