import { table } from '../cross-encoder/report-table.ts';
import type { Machine } from '../machine.ts';
import type { EmbeddingResult, EmbeddingRow } from './measure-embedders.ts';

export interface EmbeddingReport extends EmbeddingResult {
  readonly measured: string;
  readonly machine: Machine;
  /** Cores that each contender was held to. */
  readonly cores: number;
  /** Processes that wanted a core in the minute before the run: above 0.5 only the ratios mean something. */
  readonly loadBefore: number;
  readonly passages: number;
  readonly meanTokens: number;
}

/** The rows, fastest first within each precision. */
export function embeddingTable(rows: readonly EmbeddingRow[]): string {
  const head = [
    '',
    'precision',
    'passages/s',
    'median',
    '÷ ours',
    '100,000 passages',
    'memory',
    'cosine to fp32',
  ];
  const sorted = rows.toSorted((a, b) => a.precision.localeCompare(b.precision) || a.minMs - b.minMs);
  return table(
    head,
    sorted.map((row) => [
      row.contender,
      row.precision,
      row.passagesPerSecond.best.toFixed(0),
      row.passagesPerSecond.median.toFixed(0),
      row.ratioToOurs.toFixed(2),
      `${row.minutesFor100000.toFixed(0)} min`,
      row.peakMemoryMiB === undefined ? '–' : `${row.peakMemoryMiB} MiB`,
      row.cosines.least.toFixed(row.cosines.least > 0.99999 ? 6 : 4),
    ]),
  );
}

/** What docs/embedders.md says of a run. */
export function embeddingSection(report: EmbeddingReport): string {
  const { machine, cores, rows, passages, meanTokens, notRun, loadBefore } = report;
  const minutes = (precision: string) =>
    rows.find((row) => row.contender === 'ours' && row.precision === precision)?.minutesFor100000.toFixed(0);
  const { rounds } = rows[0]!;
  const noise = [
    loadBefore < 0.5 ? '' : ' The machine was busy with other work, so the times are high.',
    rounds < 3 ? ' **A short run**: the figures are rough, and nothing here is a claim.' : '',
  ].join('');
  return [
    `**100,000 passages take ${minutes('fp32')} minutes in fp32 and ${minutes('int8')} in int8** on ${cores} cores of ${machine.processor} ` +
      `(${machine.instructionSets.join(', ')}), measured ${report.measured}.${noise}`,
    embeddingTable(rows),
    `${rounds} ${rounds === 1 ? 'round' : 'rounds'} of ${passages} made-up passages, ${meanTokens.toFixed(0)} tokens on average. ÷ ours: the best time divided by that of ours ` +
      'at the same precision. Memory: the most that the process held. Cosine: the least among the passages of one round.' +
      (notRun.length === 0 ? '' : ` Not run: ${notRun.map(({ what }) => what).join(', ')}.`),
  ].join('\n\n');
}
