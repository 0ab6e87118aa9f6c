import { loadavg } from 'node:os';
import { describeMachine, type Machine } from '../machine.ts';
import type { BenchOptions } from './bench-options.ts';
import type { Contender } from './contenders.ts';
import { shapeDirectory } from './generated-files.ts';
import { LoadedContenders } from './loaded-contenders.ts';
import { MadeUpTexts } from './made-up-texts.ts';
import { type CellRow, measureCell } from './measure-cell.ts';
import { measureGaps, measurePeak, sharesOfPeak } from './other-measurements.ts';
import type { PeerPackages } from './peer-packages.ts';
import { type Cell, planCells } from './plan.ts';
import type { Scored } from './processes/answer-lines.ts';
import { compareWithTargets, type OtherMeasurements, type TargetResult } from './targets.ts';
import { workloads } from './workloads.ts';

export interface BenchReport extends OtherMeasurements {
  readonly measured: string;
  readonly quick: boolean;
  readonly machine: Machine;
  /** Cores that each contender was held to. */
  readonly cores: number;
  /** Processes that wanted a core in the minute before the run: above 0.5 the figures are noisy. */
  readonly loadBefore: number;
  readonly versions: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly rows: readonly CellRow[];
  readonly targets: readonly TargetResult[];
  readonly notRun: readonly { readonly what: string; readonly reason: string }[];
}

/** Measures the peak, the gaps and every cell of the plan. */
export async function measureAll(
  options: BenchOptions,
  contenders: readonly Contender[],
  packages: PeerPackages,
  tell: (line: string) => void,
): Promise<BenchReport> {
  const { quick, cores, minutes } = options;
  const loadBefore = loadavg()[0]!;
  const started = performance.now();
  const isLate = () => quick && performance.now() - started > minutes * 60_000;
  const peak = measurePeak(cores, quick ? 6 : 20);
  tell(`peak of a matrix product on ${cores} cores: ${JSON.stringify(peak)} GOP/s`);
  const loaded = new LoadedContenders(cores, packages);
  const rows: CellRow[] = [];
  const oursFp32 = new Map<string, Scored>();
  let longestGapMs: Record<string, number> = {};
  try {
    for (const cell of planCells(options)) {
      const name = nameOf(cell);
      if (isLate()) {
        loaded.notRun.set(name, `the quick run had no time left after ${minutes} minutes`);
        continue;
      }
      const place = `${cell.shape} ${cell.workload}`;
      const limit = { rounds: options.rounds, least: quick ? 2 : 3, budgetMs: quick ? 15_000 : 180_000 };
      const request = await requestsOf(cell);
      const result = await measureCell(cell, contenders, loaded, request, limit, oursFp32.get(place));
      if (!result) continue;
      if (cell.precision === 'fp32') oursFp32.set(place, result.ours);
      rows.push(...result.rows);
      const times = result.rows.map((row) => `${row.contender} ${row.minMs.toFixed(0)}`);
      tell(`${((performance.now() - started) / 1000).toFixed(0)} s: ${name}, ms: ${times.join(', ')}`);
    }
    if (options.shapes.includes('L12')) longestGapMs = await measureGaps(contenders, loaded, quick ? 2 : 5);
  } finally {
    loaded.end();
  }
  const machine = describeMachine();
  const shareOfPeak = sharesOfPeak(rows, peak);
  const others = { peak, shareOfPeak, longestGapMs };
  return {
    measured: new Date().toISOString().slice(0, 10),
    quick,
    machine,
    cores,
    loadBefore,
    versions: loaded.versions,
    ...others,
    targets: compareWithTargets(rows, others, machine),
    notRun: [...loaded.notRun].map(([what, reason]) => ({ what, reason })),
    rows,
  };
}

async function requestsOf({ shape, workload, passages }: Cell) {
  const texts = await MadeUpTexts.open(shapeDirectory(shape));
  return (round: number) => texts.request(workloads[workload]!, passages, 100 + round);
}

function nameOf({ shape, workload, precision, passages }: Cell): string {
  return `${shape} ${workload} × ${passages} ${precision}`;
}
