/**
 * What requests cost each other: many at once against one after another, a short one among long ones, the event loop,
 * and deadlines. Rounds are interleaved, and every figure is one process's own.
 *
 *     node bench/concurrency.ts --model DIR [--quick] [--parts together,short,eventLoop,deadline] [--docs]
 *                               [--json FILE]
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { type CrossEncoder, loadCrossEncoder } from '@secondpass/core';
import { MadeUpTexts } from './cross-encoder/made-up-texts.ts';
import { table } from './cross-encoder/report-table.ts';
import { workloads } from './cross-encoder/workloads.ts';
import { writeDocsSection } from './docs-section.ts';
import { describeMachine } from './machine.ts';

const { values: options } = parseArgs({
  options: {
    model: { type: 'string' },
    quick: { type: 'boolean', default: false },
    parts: { type: 'string', default: 'together,short,eventLoop,deadline' },
    docs: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
if (!options.model) throw new Error('Name a model directory: --model DIR.');

const parts = options.parts.split(',');
const manyRequests = 16;
const manyPassages = 50;
const shortPassages = 5;
const rounds = options.quick ? 3 : 10;
const shortQueries = options.quick ? 40 : 200;
const texts = await MadeUpTexts.open(options.model);
let seed = 0;
const request = (passages: number) => {
  seed += 1;
  const { query, passages: made } = texts.request(workloads['W1']!, passages, seed);
  return { query, passages: made };
};

/** Made before the clock runs, because making them takes the event loop as long as tokenizing them. */
const longRequests = Array.from({ length: 4 * manyRequests }, () => request(manyPassages));
let longRequest = 0;
const nextLong = () => {
  longRequest += 1;
  return longRequests[longRequest % longRequests.length]!;
};

async function millisecondsOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

function summary(values: readonly number[]) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
  return { least: sorted[0]!, median: at(0.5), p95: at(0.95), highest: sorted.at(-1)! };
}

async function compareTogether(model: CrossEncoder) {
  const oneByOne: number[] = [];
  const together: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const requests = Array.from({ length: manyRequests }, () => request(manyPassages));
    oneByOne.push(
      await millisecondsOf(async () => {
        for (const one of requests) await model.score(one);
      }),
    );
    together.push(await millisecondsOf(() => Promise.all(requests.map((one) => model.score(one)))));
  }
  const ratios = together.map((ms, round) => ms / oneByOne[round]!);
  return { oneByOneMs: summary(oneByOne), togetherMs: summary(together), ratio: summary(ratios) };
}

/** Keeps `manyRequests` long requests in flight for as long as `work` takes. */
async function underLoad<T>(model: CrossEncoder, work: () => Promise<T>): Promise<T> {
  let over = false;
  const load = Array.from({ length: manyRequests }, async () => {
    while (!over) await model.score(nextLong());
  });
  await model.score(nextLong());
  try {
    return await work();
  } finally {
    over = true;
    await Promise.all(load);
  }
}

async function timeShort(model: CrossEncoder, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let turn = 0; turn < count; turn += 1) {
    const short = request(shortPassages);
    // Not in step with the batches that run.
    await new Promise((resolve) => setTimeout(resolve, 5 + ((turn * 7) % 23)));
    times.push(await millisecondsOf(() => model.score(short)));
  }
  return times;
}

async function compareShort(model: CrossEncoder) {
  const blocks = 4;
  const alone: number[] = [];
  const among: number[] = [];
  for (let block = 0; block < blocks; block += 1) {
    alone.push(...(await timeShort(model, shortQueries / blocks)));
    among.push(...(await underLoad(model, () => timeShort(model, shortQueries / blocks))));
  }
  const [aloneMs, amongMs] = [summary(alone), summary(among)];
  return {
    aloneMs,
    amongMs,
    p95ToMedianAlone: amongMs.p95 / aloneMs.median,
    p95ToP95Alone: amongMs.p95 / aloneMs.p95,
    medianToMedianAlone: amongMs.median / aloneMs.median,
  };
}

/**
 * How long the event loop did not come round while `work` ran, and for how much of that its own thread was computing:
 * on a machine that others use too, only the second is ours.
 */
async function watch(work: () => Promise<unknown>): Promise<{ gapMs: number; busyMs: number }> {
  const highest = { gapMs: 0, busyMs: 0 };
  let last = { at: performance.now(), cpu: process.threadCpuUsage() };
  const look = () => {
    const at = performance.now();
    const cpu = process.threadCpuUsage(last.cpu);
    highest.gapMs = Math.max(highest.gapMs, at - last.at);
    highest.busyMs = Math.max(highest.busyMs, (cpu.user + cpu.system) / 1000);
    last = { at, cpu: process.threadCpuUsage() };
  };
  const timer = setInterval(look, 1);
  await work();
  look();
  clearInterval(timer);
  return highest;
}

async function watchEventLoop(model: CrossEncoder) {
  const gaps: number[] = [];
  const busy: number[] = [];
  const idleGaps: number[] = [];
  for (let round = 0; round < rounds * 2; round += 1) {
    const one = request(100);
    const took = await millisecondsOf(async () => {
      const { gapMs, busyMs } = await watch(() => model.score(one));
      gaps.push(gapMs);
      busy.push(busyMs);
    });
    const idle = await watch(() => new Promise((resolve) => setTimeout(resolve, Math.min(took, 1000))));
    idleGaps.push(idle.gapMs);
  }
  return { longestGapMs: summary(gaps), longestBusyMs: summary(busy), idleGapMs: summary(idleGaps) };
}

async function tryDeadlines(model: CrossEncoder) {
  const late: number[] = [];
  const scoredShares: number[] = [];
  await underLoad(model, async () => {
    for (let round = 0; round < rounds * 2; round += 1) {
      const one = request(100);
      const deadlineAt = performance.now() + 50 * (1 + (round % 10));
      const scores = await model.score({ ...one, deadlineAt });
      const missing = scores.indexOf(null);
      if (missing !== -1) late.push(performance.now() - deadlineAt);
      scoredShares.push(scores.filter((score) => score !== null).length / scores.length);
    }
  });
  return { lateMs: late.length > 0 ? summary(late) : null, scoredShare: summary(scoredShares) };
}

interface Outcome {
  readonly measured: string;
  readonly machine: ReturnType<typeof describeMachine>;
  readonly model: string;
  readonly together?: Awaited<ReturnType<typeof compareTogether>>;
  readonly short?: Awaited<ReturnType<typeof compareShort>>;
  readonly eventLoop?: Awaited<ReturnType<typeof watchEventLoop>>;
  readonly deadlineAt?: Awaited<ReturnType<typeof tryDeadlines>>;
}

function describe({ measured, machine, model, together, short, eventLoop, deadlineAt }: Outcome): string {
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  const rows: string[][] = [];
  if (together) {
    const { median, least, highest } = together.ratio;
    const figures = [median, least, highest].map((value) => value.toFixed(2));
    rows.push([
      '16 requests of 50 passages together ÷ one after another',
      `${figures[0]} (${figures[1]} to ${figures[2]})`,
    ]);
  }
  if (short) {
    const among = `5 passages among 16 long requests`;
    rows.push([`${among}: 95th percentile ÷ the same alone`, short.p95ToP95Alone.toFixed(2)]);
    rows.push([`${among}: median ÷ the same alone`, short.medianToMedianAlone.toFixed(2)]);
    rows.push([`${among}: 95th percentile ÷ the median alone`, short.p95ToMedianAlone.toFixed(2)]);
  }
  if (eventLoop) {
    const { longestGapMs, longestBusyMs, idleGapMs } = eventLoop;
    rows.push([
      'longest gap of the event loop in a rerank of 100 passages (median; without any work)',
      `${ms(longestGapMs.median)}; ${ms(idleGapMs.median)}`,
    ]);
    rows.push([
      'longest time in it that the thread was computing (median; highest)',
      `${ms(longestBusyMs.median)}; ${ms(longestBusyMs.highest)}`,
    ]);
  }
  if (deadlineAt?.lateMs) {
    const { median, highest } = deadlineAt.lateMs;
    rows.push(['answers after their deadline (median; highest)', `${ms(median)}; ${ms(highest)}`]);
  }
  const how = options.quick ? ' with `--quick`' : '';
  return (
    `Model ${model}, measured ${measured}${how} on ${machine.processor}, ${machine.cores} cores, Node ${machine.node}.\n\n` +
    table(['', ''], rows)
  );
}

const model = await loadCrossEncoder(options.model);
try {
  // The first batches of each length are slower: the runtime plans its memory.
  for (let turn = 0; turn < 3; turn += 1) await model.score(request(100));
  const outcome = {
    measured: new Date().toISOString().slice(0, 10),
    machine: describeMachine(),
    model: basename(options.model),
    workload: workloads['W1']!.description,
    rounds,
    load: { requests: manyRequests, passages: manyPassages },
    ...(parts.includes('together') && { together: await compareTogether(model) }),
    ...(parts.includes('short') && {
      short: { passages: shortPassages, queries: shortQueries, ...(await compareShort(model)) },
    }),
    ...(parts.includes('eventLoop') && { eventLoop: { passages: 100, ...(await watchEventLoop(model)) } }),
    ...(parts.includes('deadline') && { deadlineAt: { passages: 100, ...(await tryDeadlines(model)) } }),
  };
  if (options.docs) writeDocsSection('scheduling.md', 'concurrency', describe(outcome));
  const json = `${JSON.stringify(outcome, null, 2)}\n`;
  process.stdout.write(json);
  if (options.json) {
    mkdirSync(dirname(options.json), { recursive: true });
    writeFileSync(options.json, json);
  }
} finally {
  await model.close();
}
