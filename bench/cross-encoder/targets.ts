import type { Machine } from '../machine.ts';
import type { CellRow } from './measure-cell.ts';

export interface TargetResult {
  readonly target: string;
  readonly wanted: string;
  readonly reached: string;
  /** undefined where it was not measured. */
  readonly met: boolean | undefined;
}

/** What is measured besides the cells. */
export interface OtherMeasurements {
  /** 10⁹ operations a second of the machine's cores together. */
  readonly peak: Readonly<Record<'fp32' | 'int8', number>> | undefined;
  /** Share of that peak, by `shape workload precision`. */
  readonly shareOfPeak: Readonly<Record<string, number>>;
  /** Milliseconds, by contender. */
  readonly longestGapMs: Readonly<Record<string, number>>;
}

/** The targets of the project for 100 passages of W1, and what this run reached. */
export function compareWithTargets(
  rows: readonly CellRow[],
  { shareOfPeak, longestGapMs }: OtherMeasurements,
  machine: Machine,
): TargetResult[] {
  const row = (shape: string, precision: string, contender: string) =>
    rows.find(
      (each) =>
        each.workload === 'W1' &&
        each.shape === shape &&
        each.precision === precision &&
        each.contender === contender,
    );
  const ratio = (shape: string, precision: string, contender: string, wanted: number): TargetResult => {
    const reached = row(shape, precision, contender)?.ratioToOurs;
    return ratioResult(
      `${contender} ÷ ours, ${shape} ${precision}`,
      wanted,
      reached,
      ceiling(shape, precision),
    );
  };
  /** What ours would reach if it did nothing but matrix products at the machine's peak. */
  const ceiling = (shape: string, precision: string) => shareOfPeak[`${shape} W1 ${precision}`];
  /** Whichever of its rows is fastest: one by one is one of its batch sizes. */
  const bestOfTransformersJs = (precision: string, wanted: number): TargetResult => {
    const ratios = rows
      .filter((each) => each.workload === 'W1' && each.shape === 'L6' && each.precision === precision)
      .filter(({ contender }) => contender.startsWith('transformers.js'))
      .map(({ ratioToOurs }) => ratioToOurs);
    const reached = ratios.length === 0 ? undefined : Math.min(...ratios);
    const target = `transformers.js at its best ÷ ours, L6 ${precision}`;
    return ratioResult(target, wanted, reached, ceiling('L6', precision));
  };
  const share = (precision: string, wanted: number): TargetResult => {
    const reached = shareOfPeak[`L6 W1 ${precision}`];
    return {
      target: `share of the matrix product's peak, L6 ${precision}`,
      wanted: `≥ ${wanted * 100} %`,
      reached: reached === undefined ? 'not measured' : `${(reached * 100).toFixed(0)} %`,
      met: reached === undefined ? undefined : reached >= wanted,
    };
  };
  const gap = longestGapMs['ours'];
  const hasVnni = machine.instructionSets.some((flag) => /vnni|amx_int8/.test(flag));
  return [
    ratio('L6', 'fp32', 'transformers.js-32', 3.5),
    ratio('L6', 'int8', 'transformers.js-32', 5),
    bestOfTransformersJs('fp32', 1.6),
    bestOfTransformersJs('int8', 2),
    ratio('L6', 'fp32', 'sentence-transformers-onnx', 2.3),
    ratio('L6', 'int8', 'sentence-transformers-onnx', 3),
    ratio('L2', 'fp32', 'flashrank', 2),
    ratio('L2', 'int8', 'flashrank', 2),
    share('fp32', 0.65),
    share('int8', hasVnni ? 0.3 : 0.6),
    ...(['L2', 'L6', 'L12'] as const).flatMap((shape) =>
      (['fp32', 'int8'] as const).map((precision) =>
        overhead(row(shape, precision, 'bare-session'), shape, precision),
      ),
    ),
    {
      target: 'longest gap of the event loop, L12 fp32',
      wanted: '≤ 10 ms',
      reached: gap === undefined ? 'not measured' : `${gap.toFixed(1)} ms`,
      met: gap === undefined ? undefined : gap <= 10,
    },
  ];
}

function ratioResult(
  target: string,
  wanted: number,
  reached: number | undefined,
  shareOfPeak: number | undefined,
): TargetResult {
  const limit =
    reached !== undefined && shareOfPeak ? `, at the peak ${(reached / shareOfPeak).toFixed(2)}` : '';
  return {
    target,
    wanted: `≥ ${wanted}`,
    reached: reached === undefined ? 'not measured' : `${reached.toFixed(2)}${limit}`,
    met: reached === undefined ? undefined : reached >= wanted,
  };
}

function overhead(bare: CellRow | undefined, shape: string, precision: string): TargetResult {
  const added = bare === undefined ? undefined : 1 / bare.ratioToOurs - 1;
  return {
    target: `ours adds to the bare session, ${shape} ${precision}`,
    wanted: '≤ 3 %',
    reached: added === undefined ? 'not measured' : `${(added * 100).toFixed(1)} %`,
    met: added === undefined ? undefined : added <= 0.03,
  };
}
