/**
 * Makes the figures of a long run: the result file, the chart, and the tables of docs/operate/daily-life.md. Can be run while the run goes on.
 *
 *     node bench/soak/render.ts FOLDER [--json bench/results/2026-11-29-soak.json] [--no-docs]
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { table } from '../cross-encoder/report-table.ts';
import { writeDocsSection } from '../docs-section.ts';
import { soakChart } from './soak-chart.ts';
import { type SoakSummary, summarize } from './summarize.ts';

const {
  values: flags,
  positionals: [folder],
} = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' }, 'no-docs': { type: 'boolean', default: false } },
});
if (folder === undefined) throw new Error('Name the folder that the run wrote to.');

const summary = summarize(folder);
const sections = { run: runSection(summary), events: eventsSection(summary), memory: memorySection(summary) };
if (flags.json) writeFileSync(flags.json, `${JSON.stringify(summary, null, 2)}\n`);
if (!flags['no-docs']) {
  writeFileSync(
    fileURLToPath(new URL('../../docs/operate/daily-life.svg', import.meta.url)),
    soakChart(summary),
  );
  for (const [name, section] of Object.entries(sections))
    writeDocsSection('operate/daily-life.md', name, section);
}
console.log(Object.values(sections).join('\n\n'));

function runSection({ run, whole, minutesRun, answers, writes, failures }: SoakSummary): string {
  const { machine, cores, capacityPerSecond, offeredPerSecond, share, passages, engines } = run;
  const day = new Date(run.begun).toISOString().slice(0, 10);
  const length = whole
    ? `${run.hours} hours`
    : `the first ${minutesRun.toFixed(0)} minutes of ${run.hours} hours`;
  const percent = (count: number) => `${((100 * count) / answers.total).toFixed(2)} %`;
  const rows = [
    ['full', `${answers.full}`, percent(answers.full)],
    ...rowsOf('degraded and told', answers.degraded, percent),
    ...rowsOf('typed error', answers.errors, percent),
    ['**anything else**', `${total(answers.wrong)}`, percent(total(answers.wrong))],
  ];
  const writing = Object.entries(writes).map(
    ([source, { done, failed }]) =>
      `${done} changes in ${source}, after ${total(failed)} failed attempts (${words(failed)})`,
  );
  const { p50, p95, p99 } = answers.latencyMs ?? { p50: 0, p95: 0, p99: 0 };
  return `
${day}, ${length}, on ${cores} of a core of ${machine.processor} for servers, writer and engines together (${engines.join(', ')}; Node ${machine.node}),
while other work kept the rest of the machine busy. ${passages.stable} passages stay and ${2 * passages.changing} come and go. Capacity within that share: ${capacityPerSecond.toFixed(2)} answers per second
(4 callers in a closed loop); offered: ${offeredPerSecond.toFixed(2)} per second, ${Math.round(share * 100)} %.

${table(['answers', 'number', 'share'], rows)}

${answers.comparedExactly} of ${answers.full + total(answers.degraded)} answers were compared in every id and score; in the others a document near the top was just being written or deleted, and those that
stay were compared. p50 ${seconds(p50)}, p95 ${seconds(p95)}, p99 ${seconds(p99)}. Meanwhile the writer made ${writing.join(' and ')}. Written down as a failure: ${failures.length}.`;
}

function eventsSection({ events }: SoakSummary): string {
  const rows = events.map(({ what, from, to, answers }) => [
    from.toFixed(0),
    what,
    `${Math.round((to - from) * 60)} s`,
    `${answers['full'] ?? 0}`,
    words(without(answers, 'full')),
  ]);
  return table(['minute', 'what', 'took', 'full', 'other answers, until a minute after'], rows);
}

function memorySection({ memory }: SoakSummary): string {
  const names = { steady: 'server that stays', writer: 'writer' } as Readonly<Record<string, string>>;
  const rows = memory.flatMap(({ role, minutesAlive, growth }) => {
    if (!growth) return [];
    const { resident, outsideHeap, heapAfterCollection } = growth;
    const cell = ({ from, to, share }: typeof resident) =>
      `${from.toFixed(1)} → ${to.toFixed(1)} (${(100 * share).toFixed(1)} %)`;
    return [
      [
        names[role] ?? role,
        `${minutesAlive.toFixed(0)} min`,
        cell(resident),
        cell(outsideHeap),
        cell(heapAfterCollection),
      ],
    ];
  });
  const head = [
    'process',
    'lived',
    'MB resident',
    'outside of the heap',
    'MB of heap after a full collection',
  ];
  return table(head, rows);
}

function rowsOf(
  kind: string,
  counts: Readonly<Record<string, number>>,
  percent: (count: number) => string,
): string[][] {
  const rows = Object.entries(counts).sort(([, one], [, other]) => other - one);
  return rows.map(([what, count]) => [`${kind}: ${shorter(what)}`, `${count}`, percent(count)]);
}

function without(counts: Readonly<Record<string, number>>, key: string): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(counts).filter(([name]) => name !== key));
}

function words(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).map(([what, count]) => `${shorter(what)} ${count}`);
  return parts.join(', ') || 'none';
}

/** Of what fell short, only what: a source in a search can only be missing. */
function shorter(what: string): string {
  return what.replace(/^(degraded: )?search: /, '');
}

function total(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
