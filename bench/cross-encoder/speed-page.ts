import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BenchReport } from './measure-all.ts';
import { rowsTable, table, targetsTable } from './report-table.ts';
import { speedChart } from './speed-chart.ts';

const docs = fileURLToPath(new URL('../../docs/', import.meta.url));
const [start, end] = ['<!-- bench:cross-encoder -->', '<!-- /bench:cross-encoder -->'];

/** Writes the chart, and the results between the two marks of docs/speed.md. */
export function writeSpeedPage(report: BenchReport): void {
  writeFileSync(`${docs}cross-encoder-speed.svg`, speedChart(report));
  const page = readFileSync(`${docs}speed.md`, 'utf8');
  const [from, to] = [page.indexOf(start), page.indexOf(end)];
  if (from === -1 || to === -1) throw new Error(`docs/speed.md has no ${start} … ${end}.`);
  writeFileSync(
    `${docs}speed.md`,
    `${page.slice(0, from)}${start}\n\n${resultsSection(report)}\n\n${page.slice(to)}`,
  );
}

export function resultsSection(report: BenchReport): string {
  const { machine, cores, peak, shareOfPeak, longestGapMs, notRun } = report;
  const noise =
    report.loadBefore < 0.5
      ? ''
      : ` **The machine was busy**: ${report.loadBefore.toFixed(1)} processes wanted a core when the run began, so times are ` +
        'high, ratios are rough, and nothing here is a claim.';
  const parts = [
    `Measured ${report.measured}${report.quick ? ' with `--quick`' : ''} on ${machine.processor} ` +
      `(${machine.instructionSets.join(', ')}), ${cores} of its cores, ${machine.memoryGiB} GiB, ${machine.system}, ` +
      `Node ${machine.node}.${noise}`,
    '### Targets and what was reached',
    targetsTable(report.targets),
    '### All times',
    rowsTable(report.rows),
    '### Peak, and the share of it that we reach',
    peak === undefined
      ? 'The peak was not measured.'
      : `One large matrix product on each core at once: ${peak.fp32} GFLOP/s at fp32, ${peak.int8} GOP/s at int8.`,
    table(
      ['shape, load, precision', 'share of the peak'],
      Object.entries(shareOfPeak).map(([cell, share]) => [cell, `${(share * 100).toFixed(0)} %`]),
    ),
    '### Longest gap of the event loop, 100 passages with L12 at fp32',
    'The longest time in a rerank for which a timer of one millisecond was not called, in the best of some reranks.',
    table(
      ['', 'ms'],
      Object.entries(longestGapMs).map(([name, gap]) => [name, gap.toFixed(1)]),
    ),
    '### Versions',
    Object.entries(report.versions)
      .map(
        ([name, versions]) =>
          `- ${name}: ${Object.entries(versions)
            .map((pair) => pair.join(' '))
            .join(', ')}`,
      )
      .join('\n'),
    '### Not run',
    notRun.length === 0
      ? 'Everything that this run was asked for was run.'
      : notRun.map(({ what, reason }) => `- ${what}: ${reason}`).join('\n'),
  ];
  return parts.join('\n\n');
}
