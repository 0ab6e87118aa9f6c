import Table from 'cli-table3';
import type { DemoMeasurement, MeanMeasures } from '../commands/demo-measurement.ts';
import { noBorders } from './no-borders.ts';
import type { Terminal } from './terminal.ts';

/** The effect of reranking on the judged questions, as lines for the terminal. */
export function measurementLines(
  { questions, depth, stage1, stage2, wins, losses, ties, pValue }: DemoMeasurement,
  terminal: Terminal,
): readonly string[] {
  const table = new Table({
    head: ['', 'nDCG@10', 'MRR@10'].map((head) => terminal.style('dim', head)),
    colAligns: ['left', 'right', 'right'],
    chars: noBorders,
    style: { head: [], border: [] },
  });
  const rowOf = (name: string, means: MeanMeasures) => [
    name,
    means['nDCG@10'].toFixed(3),
    means['MRR@10'].toFixed(3),
  ];
  table.push(rowOf('stage 1', stage1), rowOf('stage 2', stage2), [
    'change',
    changeOf(stage1, stage2, 'nDCG@10'),
    changeOf(stage1, stage2, 'MRR@10'),
  ]);
  const chance = pValue < 0.001 ? 'p < 0.001' : `p = ${pValue.toFixed(3)}`;
  return [
    terminal.style(['bold', 'cyan'], `Measured on ${questions} judged questions about this documentation`),
    table.toString(),
    terminal.style(
      'dim',
      ` better for ${wins} of them, worse for ${losses}, the same for ${ties} (${chance}); depth ${depth}`,
    ),
  ];
}

function changeOf(stage1: MeanMeasures, stage2: MeanMeasures, measure: keyof MeanMeasures): string {
  const change = 100 * (stage2[measure] / stage1[measure] - 1);
  return stage1[measure] === 0 ? '' : `${change < 0 ? '−' : '+'}${Math.abs(change).toFixed(1)} %`;
}
