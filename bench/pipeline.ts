/**
 * The whole pipeline under load: 1, 8 and 64 callers who ask again as soon as they have an answer, against PostgreSQL with
 * pgvector and local models; the same with a deadline and with a short queue (overload); and a run in which database and
 * remote reranker are slowed, cut, silenced and stopped. Build first: `tsc -b`. PostgreSQL is the one at PGVECTOR_URL, a
 * container where Docker answers, else PGlite in this process, which cannot be broken.
 *
 *     node --expose-gc bench/pipeline.ts [--quick] [--seconds 120] [--model small] [--json FILE]
 *
 * With `--hours` it is another run: two servers over PostgreSQL and Elasticsearch in a small part of this machine, at a share
 * of what they can answer, with deploys, restarts, a slow disk and writes; bench/soak/render.ts makes the figures of it.
 *
 *     node bench/pipeline.ts --hours 2 [--share 0.7] [--cores 0.6] [--capacity-seconds 150] --folder DIR
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { loadBiEncoder, loadCrossEncoder, TwoStageRetriever } from '@secondpass/core';
import { modelDirectory } from '@secondpass/models';
import { MadeUpTexts } from './cross-encoder/made-up-texts.ts';
import { table } from './cross-encoder/report-table.ts';
import { workloads } from './cross-encoder/workloads.ts';
import { describeMachine } from './machine.ts';
import { type CallersReport, runCallers } from './pipeline/callers.ts';
import { runFaults } from './pipeline/fault-run.ts';
import { openDatabase } from './pipeline/open-database.ts';
import { watchProcess } from './pipeline/watch-process.ts';
import { runSoak } from './soak/soak-run.ts';

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    seconds: { type: 'string' },
    model: { type: 'string', default: 'small' },
    json: { type: 'string' },
    hours: { type: 'string' },
    share: { type: 'string', default: '0.7' },
    cores: { type: 'string', default: '0.6' },
    'capacity-seconds': { type: 'string', default: '150' },
    folder: { type: 'string' },
  },
});
if (flags.hours !== undefined) {
  if (flags.folder === undefined) throw new Error('Name a folder for what the run writes: --folder DIR.');
  await runSoak({
    hours: Number(flags.hours),
    share: Number(flags.share),
    cores: Number(flags.cores),
    capacitySeconds: Number(flags['capacity-seconds']),
    folder: flags.folder,
  });
  process.exit();
}
const seconds = Number(flags.seconds ?? (flags.quick ? 5 : 120));
const passages = flags.quick ? 2_000 : 20_000;
const depth = 50;
const directory = modelDirectory(flags.model as Parameters<typeof modelDirectory>[0]);

const madeUp = await MadeUpTexts.open(directory);
const { passages: texts } = madeUp.request(workloads['W1']!, passages, 1);
const queries = Array.from({ length: 200 }, (_, seed) => madeUp.request(workloads['W1']!, 1, seed).query);

console.error(`Filling ${passages} passages …`);
const database = await openDatabase(texts);
const embedder = await loadBiEncoder(modelDirectory('bi-encoder'));
const reranker = await loadCrossEncoder(directory);
const retriever = new TwoStageRetriever({
  source: database.opened.source,
  embedder,
  reranker,
  depth,
  topK: 10,
});
const loads: (CallersReport & { what: string; process: ReturnType<ReturnType<typeof watchProcess>> })[] = [];

async function load(
  what: string,
  callers: number,
  options: Omit<Parameters<typeof runCallers>[0], 'callers' | 'seconds' | 'queries' | 'retriever'> = {},
  of = retriever,
): Promise<void> {
  console.error(`${what}, ${seconds} s …`);
  const watched = watchProcess();
  const report = await runCallers({ retriever: of, queries, callers, seconds, ...options });
  loads.push({ what, ...report, process: watched() });
}

await runCallers({ retriever, queries, callers: 2, seconds: flags.quick ? 1 : 10 });
for (const callers of [1, 8, 64]) await load(`${callers} callers`, callers);
for (const callers of [8, 64]) {
  await load(`${callers} callers, latencyBudgetMs 500`, callers, { options: { latencyBudgetMs: 500 } });
}
// 64 requests of some 16 batches each, and room for a quarter of them: the others keep stage 1's order and say so.
const shedding = await loadCrossEncoder(directory, { maxQueuedBatches: 256 });
const shedder = new TwoStageRetriever({
  source: database.opened.source,
  embedder,
  reranker: shedding,
  depth,
  topK: 10,
  onRerankFailure: 'keep-stage-1',
});
await load('64 callers, room for 256 batches', 64, {}, shedder);
await shedding.close();

console.error('Breaking things …');
const faultRun = await runFaults({
  database,
  embedder,
  local: reranker,
  remoteModel: directory,
  queries,
  callers: 8,
  secondsPerFault: flags.quick ? 4 : 15,
});
await Promise.all([reranker.close(), embedder.close()]);
await database.close();

const counts = (one: Readonly<Record<string, number>>) =>
  Object.entries(one)
    .map(([key, value]) => `${key} ${value}`)
    .join(', ') || '–';
const rowOf = (report: CallersReport & { what: string }) => [
  report.what,
  report.answersPerSecond.toFixed(1),
  ...(['p50', 'p95', 'p99'] as const).map((place) => report.latencyMs?.[place].toFixed(0) ?? '–'),
  String(report.full),
  counts(report.degraded),
  counts(report.errors),
  String(report.wrong.length),
];
const head = ['what', 'answers/s', 'p50 ms', 'p95 ms', 'p99 ms', 'full', 'degraded', 'errors', 'wrong'];
console.log(`${database.name}; ${passages} passages; ${flags.model}, depth ${depth}\n`);
console.log(table(head, loads.map(rowOf)));
console.log(`\nfault run, 8 callers, depth 20\n`);
console.log(table(head, faultRun.phases.map(rowOf)));
for (const { what, process: watched, answersOfACaller: of } of loads) {
  const { residentMB, eventLoopDelayMs, unhandledRejections } = watched;
  console.log(
    `${what}: ${residentMB.start} → ${residentMB.end} MB, event loop p99 ${eventLoopDelayMs.p99.toFixed(1)} ms late, ${unhandledRejections} unhandled rejections, answers of a caller ${of.least} to ${of.most}`,
  );
}
const wrong = [...loads, ...faultRun.phases].flatMap((report) => report.wrong);
if (flags.json) {
  const result = {
    measured: new Date().toISOString(),
    machine: describeMachine(),
    command: `node --expose-gc bench/pipeline.ts ${process.argv.slice(2).join(' ')}`,
    database: database.name,
    passages,
    model: flags.model,
    depth,
    loads,
    faultRun,
  };
  writeFileSync(flags.json, `${JSON.stringify(result, undefined, 2)}\n`);
}
if (wrong.length > 0 || faultRun.process.unhandledRejections > 0) {
  console.error(`${wrong.length} calls ended in neither an answer nor a typed error: ${wrong[0]}`);
  process.exitCode = 1;
}
