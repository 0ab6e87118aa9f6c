import type { Measure } from '@secondpass/evaluation';
import Table from 'cli-table3';
import { count } from '../../output/count.ts';
import { noBorders } from '../../output/no-borders.ts';
import { fitInto, printable } from '../../output/printable.ts';
import type { Terminal } from '../../output/terminal.ts';
import { milliseconds } from '../../output/timings-line.ts';
import { stages } from './ask-queries.ts';
import type { ComparisonReport, EvalReport } from './eval-report.ts';
import { noteLines } from './note-lines.ts';

const nameWidth = 12;
const runWidth = 11;

/** The report as text, line by line. */
export function* evalLines(
  report: EvalReport,
  measures: readonly Measure[],
  terminal: Terminal,
): Generator<string> {
  const dim = (text: string) => terminal.style('dim', text);
  const rule = dim('─'.repeat(terminal.width));
  yield terminal.style('bold', headline(report));
  yield rule;
  if (report.comparisons.length === 0) yield meansTable(report, measures, terminal);
  for (const [index, comparison] of report.comparisons.entries()) {
    if (index > 0) yield rule;
    if (!namesFit(comparison))
      yield dim(` run: ${printable(comparison.run)}, baseline: ${printable(comparison.baseline)}`);
    yield comparisonTable(report, comparison, measures, terminal);
    yield* changes(comparison, measures[0]!, terminal).map(dim);
  }
  yield rule;
  yield* latencyTable(report, terminal);
  yield* noteLines(report);
}

function headline(report: EvalReport): string {
  const { collection, qrels, queries, filter, tenant, depth, topK, blend, partial } = report;
  return [
    printable(collection ?? qrels),
    `${count(queries.counted, 'query', 'queries')}${queries.counted < queries.judged ? ` of ${queries.judged.toLocaleString('en')}` : ''}`,
    ...(tenant === undefined ? [] : [`tenant ${printable(tenant)}`]),
    ...(filter === undefined ? [] : ['filtered']),
    ...(depth === undefined ? [] : [`depth ${depth}`]),
    ...(topK === undefined || topK === depth ? [] : [`top ${topK}`]),
    ...(blend === undefined ? [] : [`blend ${blend}`]),
    ...(partial ? ['PARTIAL'] : []),
  ].join(' · ');
}

function meansTable({ runs }: EvalReport, measures: readonly Measure[], terminal: Terminal): string {
  const table = bareTable(
    ['measure', runs[0]!.name],
    [nameWidth, terminal.width - nameWidth],
    terminal,
    'left',
  );
  for (const { name, label } of measures) table.push([label, runs[0]!.means[name]!.toFixed(4)]);
  return text(table);
}

/** The columns next to the names. On a narrow terminal, columns with the highest `spare` are dropped first. */
const columns = [
  { head: 'difference', width: 12, spare: 0 },
  { head: '95 % interval', width: 21, spare: 3 },
  { head: 'p', width: 10, spare: 1 },
  { head: 'better', width: 8, spare: 2 },
  { head: 'worse', width: 7, spare: 2 },
  { head: 'alike', width: 7, spare: 2 },
] as const;

function columnsFor(width: number) {
  const fits = (spare: number) =>
    columns.filter((one) => one.spare <= spare).reduce((sum, one) => sum + one.width, 0) <= width;
  const most = [3, 2, 1].find(fits) ?? 0;
  return columns.filter(({ spare }) => spare <= most);
}

function comparisonTable(
  { runs }: EvalReport,
  { baseline, run, measures: compared }: ComparisonReport,
  measures: readonly Measure[],
  terminal: Terminal,
): string {
  const meansOf = (name: string) => runs.find((one) => one.name === name)!.means;
  const shown = columnsFor(terminal.width - nameWidth - 2 * runWidth);
  const names = namesFit({ baseline, run }) ? [baseline, run] : ['baseline', 'run'];
  const heads = ['measure', ...names, ...shown.map(({ head }) => head)];
  const table = bareTable(
    heads,
    [nameWidth, runWidth, runWidth, ...shown.map(({ width }) => width)],
    terminal,
  );
  for (const { name, label } of measures) {
    const one = compared[name]!;
    const color = one.pValue > 0.05 || one.difference === 0 ? 'dim' : one.difference > 0 ? 'green' : 'red';
    const cells: Record<(typeof columns)[number]['head'], string> = {
      difference: terminal.style(color, signed(one.difference)),
      p: one.pValue < 0.0002 ? '< 0.0002' : one.pValue.toFixed(4),
      better: one.wins.toLocaleString('en'),
      worse: one.losses.toLocaleString('en'),
      alike: one.ties.toLocaleString('en'),
      '95 % interval': `${signed(one.interval[0])} … ${signed(one.interval[1])}`,
    };
    table.push([
      label,
      meansOf(baseline)[name]!.toFixed(4),
      terminal.style('bold', meansOf(run)[name]!.toFixed(4)),
      ...shown.map(({ head }) => cells[head]),
    ]);
  }
  return text(table);
}

function namesFit({ baseline, run }: Pick<ComparisonReport, 'baseline' | 'run'>): boolean {
  return Math.max(baseline.length, run.length) <= runWidth - 2;
}

function changes(
  { bestWins, worstLosses }: ComparisonReport,
  { label }: Measure,
  terminal: Terminal,
): string[] {
  const told = ([what, list]: readonly [string, ComparisonReport['bestWins']]) => {
    const queries = list.map(
      ({ query, baseline, run }) =>
        `${fitInto(printable(query), 20)} ${baseline.toFixed(2)}→${run.toFixed(2)}`,
    );
    return list.length === 0 ? [] : [fitInto(`${what} by ${label}: ${queries.join(', ')}`, terminal.width)];
  };
  return (
    [
      ['worst losses', worstLosses],
      ['best wins', bestWins],
    ] as const
  ).flatMap(told);
}

function* latencyTable({ latencyMs }: EvalReport, terminal: Terminal): Generator<string> {
  if (!latencyMs || Object.keys(latencyMs).length === 0) return;
  const table = bareTable(
    ['latency', 'p50', 'p95', 'p99'],
    [nameWidth, runWidth, runWidth, runWidth],
    terminal,
  );
  for (const stage of stages) {
    const found = latencyMs[stage];
    if (found) table.push([stage, ...[found.p50, found.p95, found.p99].map(milliseconds)]);
  }
  yield text(table);
  yield terminal.style('dim', '─'.repeat(terminal.width));
}

function bareTable(
  heads: readonly string[],
  widths: readonly number[],
  terminal: Terminal,
  align: 'left' | 'right' = 'right',
) {
  return new Table({
    head: heads.map((head) => terminal.style('dim', head)),
    colWidths: [...widths],
    colAligns: ['left', ...widths.slice(1).map(() => align)],
    chars: noBorders,
    style: { head: [], border: [] },
  });
}

function text(table: { toString(): string }): string {
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`;
}
