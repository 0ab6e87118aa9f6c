import type { CellRow } from './measure-cell.ts';
import type { TargetResult } from './targets.ts';

/** A Markdown table, columns as wide as their widest cell so that it reads on a terminal too. */
export function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  const widths = head.map((_, column) => Math.max(...[head, ...body].map((line) => line[column]!.length), 3));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`;
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...body.map(line)].join(
    '\n',
  );
}

export function rowsTable(rows: readonly CellRow[]): string {
  const head = [
    'shape',
    'load',
    'precision',
    'contender',
    'min ms',
    'median ms',
    '÷ ours',
    'agrees with ours',
  ];
  return table(
    head,
    rows.map((row) => [
      row.shape,
      `${row.workload} × ${row.passages}`,
      row.precision,
      row.contender.endsWith('-best') ? `${row.contender} (${row.batchSize})` : row.contender,
      milliseconds(row.minMs),
      milliseconds(row.medianMs),
      row.ratioToOurs.toFixed(2),
      agreementOf(row),
    ]),
  );
}

export function targetsTable(targets: readonly TargetResult[]): string {
  return table(
    ['target', 'wanted', 'reached', ''],
    targets.map(({ target, wanted, reached, met }) => [
      target,
      wanted,
      reached,
      met === undefined ? '–' : met ? 'met' : 'missed',
    ]),
  );
}

export function milliseconds(value: number): string {
  return value < 100 ? value.toFixed(1) : value.toFixed(0);
}

function agreementOf({ contender, precision, agreement }: CellRow): string {
  const { largestDifference, tauToOurs, tauToFp32 } = agreement;
  if (precision === 'fp32') return contender === 'ours' ? '' : `to ${largestDifference.toExponential(0)}`;
  const toFp32 = tauToFp32 === undefined ? '' : `, τ to fp32 ${tauToFp32.toFixed(3)}`;
  return `τ ${tauToOurs.toFixed(3)}${toFp32}`;
}
