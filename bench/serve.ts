/**
 * `secondpass serve` under load, by autocannon: throughput and latency beside the library without a server, memory, wrong
 * answers, and callers that go away; with `--infinity` also beside Infinity with the same model file, in turns. Build first:
 * `tsc -b`. Server, library and Infinity run in processes of their own; autocannon takes its share of the same cores.
 *
 *     node bench/serve.ts [--seconds 120] [--rounds 1] [--connections 1,16,256] [--documents 10] [--infinity] [--json FILE]
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { loadCrossEncoder } from '@secondpass/core';
import { modelDirectory } from '@secondpass/models';
import { startInfinity } from '../integration/services/inference-servers.ts';
import { serveModels } from '../integration/services/served-models.ts';
import { MadeUpTexts } from './cross-encoder/made-up-texts.ts';
import { table } from './cross-encoder/report-table.ts';
import { workloads } from './cross-encoder/workloads.ts';
import { describeMachine } from './machine.ts';
import { abortRequests } from './serve/aborts.ts';
import { type LoadReport, type LoadRequest, loadServer } from './serve/load.ts';

const { values: flags } = parseArgs({
  options: {
    seconds: { type: 'string', default: '120' },
    rounds: { type: 'string', default: '1' },
    connections: { type: 'string', default: '1,16,256' },
    documents: { type: 'string', default: '10' },
    infinity: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const seconds = Number(flags.seconds);
const directory = modelDirectory('small');

const texts = await MadeUpTexts.open(directory);
const reranker = await loadCrossEncoder(directory);
const requests: LoadRequest[] = [];
for (let seed = 0; seed < 64; seed += 1) {
  const { query, passages } = texts.request(workloads['W1']!, Number(flags.documents), seed);
  const scores = (await reranker.score({ query, passages })).map(({ score }) => score);
  requests.push({ query, documents: passages, scores });
}
await reranker.close();

const folder = mkdtempSync(join(tmpdir(), 'secondpass-bench-serve-'));
const file = join(folder, 'requests.json');
writeFileSync(file, JSON.stringify(requests));
const library = async (callers: number): Promise<LoadReport> => {
  const script = fileURLToPath(new URL('serve/library.ts', import.meta.url));
  const words = [script, file, `${callers}`, `${seconds}`];
  return JSON.parse((await promisify(execFile)(process.execPath, words)).stdout) as LoadReport;
};

// Figures of a machine that does other things are worth their ratios only.
const loadAverage = { start: loadavg()[0], end: 0 };
const served = await serveModels(undefined, {
  embedders: {},
  limits: { timeoutMs: 120_000 },
  logLevel: 'warn',
});
process.env['GRAPH_THREADS'] = `${describeMachine().cores}`;
const infinity = flags.infinity ? await startInfinity() : undefined;
if (infinity && 'notRun' in infinity) throw new Error(infinity.notRun);
const residentMB = () =>
  Math.round(
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${served.process.pid}/status`, 'utf8'))![1]) / 1024,
  );

const rows: (LoadReport & { what: string; connections: number; round: number; residentMB?: number })[] = [];
await loadServer(served.url, requests, { connections: 4, seconds: 2, tolerance: 1e-6 });
const startMB = residentMB();
for (const connections of flags.connections.split(',').map(Number)) {
  for (let round = 0; round < Number(flags.rounds); round += 1) {
    console.error(`${connections} connections, round ${round + 1} …`);
    rows.push({ what: 'library', connections, round, ...(await library(connections)) });
    const ours = await loadServer(served.url, requests, { connections, seconds, tolerance: 1e-6 });
    rows.push({ what: 'secondpass serve', connections, round, ...ours, residentMB: residentMB() });
    if (!infinity) continue;
    // It computes int8 with other kernels: scores are looked at coarsely.
    const theirs = await loadServer(infinity.url, requests, { connections, seconds, tolerance: 0.2 });
    // It goes on with what nobody waits for any more, and would take that time from the next one.
    await settle(infinity.url);
    rows.push({ what: 'Infinity', connections, round, ...theirs });
  }
}
console.error('Callers that go away …');
const aborts = await abortRequests(served.url, requests, { callers: 16, seconds });
const endMB = residentMB();
loadAverage.end = loadavg()[0]!;
await Promise.all([served.stop(), infinity?.stop()]);
rmSync(folder, { recursive: true });

async function settle(url: string): Promise<void> {
  const body = JSON.stringify({ query: 'done', documents: ['done'], model: 'small' });
  const answer = await fetch(`${url}/rerank`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  await answer.text();
}

const head = ['connections', 'what', 'answers/s', '÷ library', 'p50 ms', 'p99 ms', 'failed', 'wrong', 'MB'];
const body = rows.map(
  ({ connections, round, what, answersPerSecond, latencyMs, failed, wrong, residentMB: mb }) => {
    const own = rows.find(
      (one) => one.what === 'library' && one.connections === connections && one.round === round,
    )!;
    return [
      `${connections}`,
      what,
      answersPerSecond.toFixed(1),
      (answersPerSecond / own.answersPerSecond).toFixed(2),
      latencyMs.p50.toFixed(0),
      latencyMs.p99.toFixed(0),
      `${failed}`,
      `${wrong}`,
      mb === undefined ? '' : `${mb}`,
    ];
  },
);
console.log(table(head, body));
console.log(
  `\naborts: ${aborts.aborted} went away, ${aborts.answered} answered, ${aborts.wrong.length} wrong, freed after ${aborts.freedAfterMs.toFixed(0)} ms; memory ${startMB} → ${endMB} MB`,
);
if (flags.json) {
  const report = {
    machine: describeMachine(),
    loadAverage,
    seconds,
    documents: Number(flags.documents),
    rows,
    aborts,
    startMB,
    endMB,
  };
  writeFileSync(flags.json, `${JSON.stringify(report, null, 2)}\n`);
}
