/**
 * A reranker before several MLServers or Tritons behind HAProxy (`deploy/haproxy.cfg`): answers per second and latency, in turns; and
 * what callers get while one of two instances is killed and comes back, and while one hangs and goes on. Build first: `tsc -b`.
 * Instances, HAProxy and callers share the machine's cores, so that more instances than cores gain nothing here.
 *
 *     node bench/balanced.ts [--server mlserver|triton] [--instances 1,2,4] [--seconds 10] [--rounds 3] [--callers 8] [--passages 10]
 *         [--hung-seconds 30] [--json FILE]
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { loadCrossEncoder, type Reranker, RetrievalError } from '@secondpass/core';
import { modelDirectory } from '@secondpass/models';
import { remoteReranker } from '@secondpass/reranker-remote';
import { type StartedBalancer, startHaproxy } from '../integration/services/haproxy.ts';
import { startMlServer, startTriton } from '../integration/services/inference-servers.ts';
import { MadeUpTexts } from './cross-encoder/made-up-texts.ts';
import { workloads } from './cross-encoder/workloads.ts';
import { describeMachine } from './machine.ts';

const { values: flags } = parseArgs({
  options: {
    server: { type: 'string', default: 'mlserver' },
    instances: { type: 'string', default: '1,2,4' },
    'hung-seconds': { type: 'string', default: '30' },
    seconds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '3' },
    callers: { type: 'string', default: '8' },
    passages: { type: 'string', default: '10' },
    json: { type: 'string' },
  },
});
const seconds = Number(flags.seconds);
const directory = modelDirectory('small');
const folder = mkdtempSync(join(tmpdir(), 'secondpass-bench-balanced-'));

const texts = await MadeUpTexts.open(directory);
const local = await loadCrossEncoder(directory, { precision: 'fp32' });
const requests: { query: string; passages: readonly string[]; expected: readonly number[] }[] = [];
for (let seed = 0; seed < 16; seed += 1) {
  const { query, passages } = texts.request(workloads['W1']!, Number(flags.passages), seed);
  const expected = (await local.score({ query, passages })).map(({ rawScore }) => rawScore);
  requests.push({ query, passages, expected });
}
await local.close();

const starts = { mlserver: startMlServer, triton: startTriton };
const start = starts[flags.server as keyof typeof starts];
if (!start) throw new Error('--server is mlserver or triton.');
const counts = flags.instances.split(',').map(Number);
const most = Math.max(2, ...counts);
const instances = await Promise.all(Array.from({ length: most }, () => present(start())));
const documented = readFileSync(new URL('../deploy/haproxy.cfg', import.meta.url), 'utf8');
const loadAverage = { start: loadavg()[0], end: 0 };

/** The documented configuration with so many `server` lines. */
async function balanced(count: number): Promise<{ balancer: StartedBalancer; reranker: Reranker }> {
  const lines = Array.from({ length: count }, (_, index) => `  server i${index} "\${RERANKER_${index + 1}}"`);
  const file = join(folder, `${count}.cfg`);
  writeFileSync(file, `${documented.replace(/^ {2}server .*\n/gm, '')}${lines.join('\n')}\n`);
  const balancer = await present(
    startHaproxy(
      instances.slice(0, count).map(({ url }) => url),
      file,
    ),
  );
  const reranker = await remoteReranker({
    ...{ service: 'kserve', url: balancer.url, model: 'small', directory },
    concurrency: Number(flags.callers),
  });
  return { balancer, reranker };
}

interface Outcome {
  readonly atMs: number;
  readonly tookMs: number;
  /** `right`, `wrong`, or the code of an error. */
  readonly what: string;
}

async function load(reranker: Reranker, during: () => Promise<unknown>): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  const started = performance.now();
  let isOver = false;
  const callers = Array.from({ length: Number(flags.callers) }, async (_, caller) => {
    for (let turn = caller; !isOver; turn += 1) {
      const { query, passages, expected } = requests[turn % requests.length]!;
      const asked = performance.now();
      const what = await reranker.score({ query, passages }).then(
        (scores) =>
          scores.every((score, index) => Math.abs(score!.rawScore - expected[index]!) < 1e-3)
            ? 'right'
            : 'wrong',
        (error: unknown) => (RetrievalError.is(error) ? error.code : `untyped: ${error}`),
      );
      outcomes.push({ atMs: performance.now() - started, tookMs: performance.now() - asked, what });
    }
  });
  await during();
  isOver = true;
  await Promise.all(callers);
  return outcomes;
}

function summary(outcomes: readonly Outcome[]) {
  const times = outcomes.map(({ tookMs }) => tookMs).sort((one, other) => one - other);
  const at = (share: number) =>
    Math.round(times[Math.min(times.length - 1, Math.floor(times.length * share))]!);
  const counts: Record<string, number> = {};
  for (const { what } of outcomes) counts[what] = (counts[what] ?? 0) + 1;
  const answersPerSecond = (counts['right'] ?? 0) / (Math.max(...outcomes.map(({ atMs }) => atMs)) / 1000);
  return {
    answersPerSecond: Number(answersPerSecond.toFixed(2)),
    p50: at(0.5),
    p99: at(0.99),
    longest: at(1),
    ...counts,
  };
}

async function present<T extends object>(starting: Promise<T | { readonly notRun: string }>): Promise<T> {
  const started = await starting;
  if ('notRun' in started) throw new Error(String(started.notRun));
  return started as T;
}

const behind = new Map<number, { balancer: StartedBalancer; reranker: Reranker }>();
for (const count of new Set([...counts, 2])) behind.set(count, await balanced(count));
const rows: object[] = [];
for (let round = 0; round < Number(flags.rounds); round += 1) {
  for (const count of counts) {
    const { reranker } = behind.get(count)!;
    const row = { instances: count, round, ...summary(await load(reranker, () => pause(seconds * 1000))) };
    rows.push(row);
    console.error(JSON.stringify(row));
  }
}
const killed = await load(behind.get(2)!.reranker, async () => {
  await pause(seconds * 1000);
  await instances[0]!.power.off();
  await pause(seconds * 1000);
  await instances[0]!.power.on();
  await pause(seconds * 1000);
});
const { log } = behind.get(2)!.balancer;
const isDownIn = (from: number) => log.slice(from).some((line) => line.includes('is DOWN'));
const [linesBefore, hungAfter] = [log.length, { downMs: Number.NaN }];
const hung = await load(behind.get(2)!.reranker, async () => {
  await pause(seconds * 1000);
  instances[0]!.pulse.off();
  const since = performance.now();
  while (performance.now() - since < Number(flags['hung-seconds']) * 1000) {
    await pause(50);
    if (Number.isNaN(hungAfter.downMs) && isDownIn(linesBefore)) {
      hungAfter.downMs = Math.round(performance.now() - since);
    }
  }
  instances[0]!.pulse.on();
  await pause(seconds * 1000);
});
loadAverage.end = loadavg()[0]!;
const result = {
  machine: describeMachine(),
  loadAverage,
  flags,
  rows,
  oneOfTwoKilled: summary(killed),
  oneOfTwoHung: { ...hungAfter, ...summary(hung) },
};
console.log(JSON.stringify(result, null, 2));
if (flags.json) writeFileSync(flags.json, `${JSON.stringify(result, null, 2)}\n`);
for (const { balancer } of behind.values()) await balancer.stop();
await Promise.all(instances.map((instance) => instance.stop()));
rmSync(folder, { recursive: true });
process.exit(0);
