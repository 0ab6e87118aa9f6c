/**
 * Whether a pool keeps what it should give back: thousands of requests, some aborted, some with a deadline, some refused,
 * then the slope of the resident memory, and what is left after close(). Also the memory of 100 passages of 512 tokens.
 *
 *     node bench/soak.ts --model DIR [--requests 10000] [--passages 5] [--quick] [--json FILE]
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { type CrossEncoder, loadCrossEncoder } from '@secondpass/core';
import { MadeUpTexts } from './cross-encoder/made-up-texts.ts';
import { workloads } from './cross-encoder/workloads.ts';
import { describeMachine } from './machine.ts';

const { values: options } = parseArgs({
  options: {
    model: { type: 'string' },
    requests: { type: 'string', default: '10000' },
    passages: { type: 'string', default: '5' },
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
if (!options.model) throw new Error('Name a model directory: --model DIR.');

const requests = Number(options.requests);
const passages = Number(options.passages);
const quickSeconds = 40;
const workers = 2;
const atOnce = 8;
const samples = 100;

const megabytes = (bytes: number) => Math.round(bytes / 1e5) / 10;
/** The most that was ever resident, as the kernel counts it, else as it is now. */
function highestResident(): number {
  try {
    const kilobytes = /^VmHWM:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (kilobytes !== undefined) return Number(kilobytes) * 1024;
  } catch {
    // Only Linux has it.
  }
  return process.memoryUsage.rss();
}

function activeResources(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** Least-squares slope of the second half, in bytes for each 1,000 requests: the first half warms up. */
function slopePerThousand(points: readonly { done: number; bytes: number }[]): number {
  const half = points.slice(Math.floor(points.length / 2));
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(half.map(({ done }) => done)), mean(half.map(({ bytes }) => bytes))];
  const above = half.reduce((sum, { done, bytes }) => sum + (done - x) * (bytes - y), 0);
  const below = half.reduce((sum, { done }) => sum + (done - x) ** 2, 0);
  return (above / below) * 1000;
}

async function soak(model: CrossEncoder, texts: MadeUpTexts) {
  const started = performance.now();
  const points: { done: number; bytes: number }[] = [];
  const outcomes = { answered: 0, partly: 0, aborted: 0 };
  const shared = new AbortController();
  let begun = 0;
  let done = 0;
  const out = () => options.quick && performance.now() - started > quickSeconds * 1000;
  const one = async () => {
    while (begun < requests && !out()) {
      begun += 1;
      const { query, passages: made } = texts.request(workloads['W1']!, passages, begun % 500);
      const kind = begun % 10;
      if (kind === 0) {
        const scoring = model.score({ query, passages: made, signal: AbortSignal.timeout(5) });
        await scoring.catch(() => (outcomes.aborted += 1));
      } else if (kind === 1) {
        const scores = await model.score({ query, passages: made, deadline: performance.now() + 100 });
        outcomes.partly += Number(scores.includes(null));
      } else {
        // One signal for all: a listener that is left behind would pile up on it.
        await model.score({ query, passages: made, signal: shared.signal });
        outcomes.answered += 1;
      }
      done += 1;
      const due = options.quick ? performance.now() - started : done;
      const whole = options.quick ? quickSeconds * 1000 : requests;
      if (due >= (points.length * whole) / samples) points.push({ done, bytes: process.memoryUsage.rss() });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  const slope = slopePerThousand(points);
  return {
    requests: done,
    passages,
    seconds: Math.round((performance.now() - started) / 1000),
    ...outcomes,
    residentMB: { start: megabytes(points[0]!.bytes), end: megabytes(points.at(-1)!.bytes) },
    slopeMBPerThousandRequests: megabytes(slope),
  };
}

const before = { residentMB: megabytes(process.memoryUsage.rss()), resources: activeResources() };
const model = await loadCrossEncoder(options.model, { workers });
const loadedMB = megabytes(process.memoryUsage.rss());
// Longer than any model reads, so that every pair has the longest length; all different, as a cache would see.
const long = Array.from({ length: 100 }, (_, index) => `passage ${index} ${'of some words '.repeat(250)}`);
for (let turn = 0; turn < (options.quick ? 1 : 3); turn += 1) {
  await model.score({ query: 'which words', passages: long });
}
const longPassages = { loadedMB, highestMB: megabytes(highestResident()) };
const soaked = await soak(model, await MadeUpTexts.open(options.model));
await model.close();
await new Promise((resolve) => setTimeout(resolve, 200));
const outcome = {
  measured: new Date().toISOString().slice(0, 10),
  machine: describeMachine(),
  model: basename(options.model),
  workers,
  before,
  hundredPassagesOf512Tokens: longPassages,
  soak: soaked,
  afterClose: { residentMB: megabytes(process.memoryUsage.rss()), resources: activeResources() },
};
const json = `${JSON.stringify(outcome, null, 2)}\n`;
process.stdout.write(json);
if (options.json) {
  mkdirSync(dirname(options.json), { recursive: true });
  writeFileSync(options.json, json);
}
