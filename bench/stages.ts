/**
 * Where the time of one request goes: before its first batch, in the model, and between and after its batches. What a thread
 * reports as its own time is the model; the rest of the wall clock is what our layers cost.
 *
 *     node bench/stages.ts --model DIR [--precision fp32|int8] [--passages 100] [--rounds 200] [--json FILE]
 */
import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { cpuQuota } from '@secondpass/runtime-onnx';
import { MadeUpTexts } from './cross-encoder/made-up-texts.ts';
import { watchThreads } from './cross-encoder/processes/watch-threads.ts';
import { table } from './cross-encoder/report-table.ts';
import { workloads } from './cross-encoder/workloads.ts';
import { describeMachine } from './machine.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    precision: { type: 'string', default: 'fp32' },
    passages: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '200' },
    json: { type: 'string' },
  },
});
if (!values.model) throw new Error('Name a model directory: --model DIR.');

const seen = watchThreads();
// Only now, so that its threads are the watched ones.
const { loadCrossEncoder } = await import('@secondpass/core');
const workers = Math.max(1, Math.floor(cpuQuota()));
const encoder = await loadCrossEncoder(values.model, {
  precision: values.precision as 'fp32' | 'int8',
  workers,
});
const texts = await MadeUpTexts.open(values.model);
const request = (seed: number) => {
  const { query, passages } = texts.request(workloads['W1']!, Number(values.passages), seed);
  return { query, passages };
};

interface Round {
  readonly totalMs: number;
  readonly beforeFirstBatchMs: number;
  /** In the model, of one thread on average. */
  readonly modelMs: number;
  readonly restMs: number;
  readonly afterLastReplyMs: number;
  /** Computing time of the thread of the event loop. */
  readonly eventLoopCpuMs: number;
  readonly batches: number;
  /** Messages that wake the event loop; one may answer several batches. */
  readonly answers: number;
}

async function measure(seed: number): Promise<Round> {
  const asked = request(seed);
  // Not in one piece of work with the round before it.
  await setTimeout(20);
  for (const list of [seen.messages, seen.sentAt, seen.replies, seen.repliedAt]) list.length = 0;
  const cpu = process.threadCpuUsage();
  const started = performance.now();
  await encoder.score(asked);
  const ended = performance.now();
  const { user, system } = process.threadCpuUsage(cpu);
  const replies = (seen.replies as { runMs: number }[][]).flat();
  const model = replies.reduce((sum, { runMs }) => sum + runMs, 0) / workers;
  const before = seen.sentAt[0]! - started;
  const after = ended - seen.repliedAt.at(-1)!;
  return {
    totalMs: ended - started,
    beforeFirstBatchMs: before,
    modelMs: model,
    restMs: ended - started - before - model - after,
    afterLastReplyMs: after,
    eventLoopCpuMs: (user + system) / 1000,
    batches: replies.length,
    answers: seen.replies.length,
  };
}

try {
  for (let seed = 1; seed <= 20; seed += 1) await encoder.score(request(-seed));
  const rounds: Round[] = [];
  for (let seed = 1; seed <= Number(values.rounds); seed += 1) rounds.push(await measure(seed));
  // On a machine that others use too, the fastest rounds say most about us.
  const fastest = rounds.toSorted((a, b) => a.totalMs - b.totalMs).slice(0, Math.ceil(rounds.length / 4));
  const mean = (of: keyof Round) => fastest.reduce((sum, round) => sum + round[of], 0) / fastest.length;
  const names = Object.keys(rounds[0]!) as (keyof Round)[];
  const fastestQuarter = Object.fromEntries(names.map((name) => [name, mean(name)]));
  console.log(
    table(
      ['mean of the fastest quarter', ''],
      names.map((name) => [name, mean(name).toFixed(2)]),
    ),
  );
  const outcome = {
    measured: new Date().toISOString().slice(0, 10),
    machine: describeMachine(),
    model: basename(values.model),
    precision: values.precision,
    passages: Number(values.passages),
    workers,
    rounds: rounds.length,
    fastestQuarter,
  };
  if (values.json) writeFileSync(values.json, `${JSON.stringify(outcome, null, 2)}\n`);
} finally {
  await encoder.close();
}
