import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Contender } from './contenders.ts';
import { matrixProducts, shapeDirectory } from './generated-files.ts';
import type { LoadedContenders } from './loaded-contenders.ts';
import { MadeUpTexts } from './made-up-texts.ts';
import type { CellRow } from './measure-cell.ts';
import type { OtherMeasurements } from './targets.ts';
import { leastOperations, type ShapeSizes } from './work.ts';
import { workloads } from './workloads.ts';

/** 10⁹ operations a second of a large matrix product on each core at once; undefined where the bare runtime fails. */
export function measurePeak(cores: number, seconds: number): OtherMeasurements['peak'] {
  const script = fileURLToPath(new URL('./processes/matrix-products.ts', import.meta.url));
  const { status, stdout } = spawnSync(process.execPath, [script, matrixProducts, `${cores}`, `${seconds}`], {
    encoding: 'utf8',
  });
  return status === 0 ? (JSON.parse(stdout) as { fp32: number; int8: number }) : undefined;
}

/** Share of the peak that ours reaches in its best round, by `shape workload precision`. */
export function sharesOfPeak(
  rows: readonly CellRow[],
  peak: OtherMeasurements['peak'],
): Record<string, number> {
  if (peak === undefined) return {};
  const ours = rows.filter(({ contender }) => contender === 'ours');
  return Object.fromEntries(
    ours.map(({ shape, workload, precision, passages, minMs }) => {
      const file = join(shapeDirectory(shape as 'L2'), 'shape.json');
      const sizes = JSON.parse(readFileSync(file, 'utf8')) as ShapeSizes;
      const operations = leastOperations(sizes, workloads[workload]!.pairLengths(passages));
      return [`${shape} ${workload} ${precision}`, operations / minMs / 1e6 / peak[precision]];
    }),
  );
}

/** Longest gap of the event loop while each contender in Node reranks 100 passages of W1 with L12 at fp32. */
export async function measureGaps(
  contenders: readonly Contender[],
  loaded: LoadedContenders,
  repeats: number,
): Promise<Record<string, number>> {
  const texts = await MadeUpTexts.open(shapeDirectory('L12'));
  const gaps: Record<string, number> = {};
  for (const contender of contenders) {
    if (!['ours', 'transformers.js-32', 'transformers.js-1'].includes(contender.name)) continue;
    const process = await loaded.process(contender, 'L12', 'fp32');
    for (let repeat = 0; process && repeat < repeats; repeat += 1) {
      const { query, passages } = texts.request(workloads['W1']!, 100, 9000 + repeat);
      const batchSize = typeof contender.batchSize === 'number' ? { batchSize: contender.batchSize } : {};
      const { longestGapMs } = await process.gap({ query, passages, ...batchSize });
      gaps[contender.name] = Math.min(gaps[contender.name] ?? Number.POSITIVE_INFINITY, longestGapMs);
    }
  }
  return gaps;
}
