/**
 * What a service would have in memory: a process of compiled JavaScript only, because Node's own work on TypeScript takes
 * some 40 MB. Started by bench/soak.ts; its task is a JSON file, and its answer one line of JSON.
 */
import { readFileSync } from 'node:fs';

const task = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const before = { residentMB: megabytes(process.memoryUsage.rss()), resources: activeResources() };
const { loadCrossEncoder } = await import('@secondpass/core');
const model = await loadCrossEncoder(task.model, { workers: task.workers });
const loadedMB = megabytes(process.memoryUsage.rss());
const measured = task.part === 'memory' ? await scoreLongPassages() : await soak();
await model.close();
await new Promise((resolve) => setTimeout(resolve, 200));
const afterClose = { residentMB: megabytes(process.memoryUsage.rss()), resources: activeResources() };
process.stdout.write(JSON.stringify({ before, loadedMB, ...measured, afterClose }));

async function scoreLongPassages() {
  // Longer than any model reads, so that every pair has the longest length; all different, as a cache would see.
  const passages = Array.from(
    { length: 100 },
    (_, index) => `passage ${index} ${'of some words '.repeat(250)}`,
  );
  for (let turn = 0; turn < task.turns; turn += 1) await model.score({ query: 'which words', passages });
  return { highestMB: megabytes(highestResident()), nowMB: megabytes(process.memoryUsage.rss()) };
}

async function soak() {
  const started = performance.now();
  const points = [];
  const outcomes = { answered: 0, partly: 0, aborted: 0 };
  const shared = new AbortController();
  let begun = 0;
  let done = 0;
  const out = () => performance.now() - started > task.seconds * 1000;
  const one = async () => {
    while (begun < task.requests && !out()) {
      begun += 1;
      const { query, passages } = task.texts[begun % task.texts.length];
      const kind = begun % 10;
      if (kind === 0) {
        const scoring = model.score({ query, passages, signal: AbortSignal.timeout(5) });
        await scoring.catch(() => (outcomes.aborted += 1));
      } else if (kind === 1) {
        const scores = await model.score({ query, passages, deadlineAt: performance.now() + 10 });
        outcomes.partly += Number(scores.includes(null));
      } else {
        // One signal for all: a listener that is left behind would pile up on it.
        await model.score({ query, passages, signal: shared.signal });
        outcomes.answered += 1;
      }
      done += 1;
      const share = Math.max(done / task.requests, (performance.now() - started) / (task.seconds * 1000));
      if (share >= points.length / task.samples) points.push({ done, bytes: process.memoryUsage.rss() });
    }
  };
  await Promise.all(Array.from({ length: task.atOnce }, one));
  return {
    requests: done,
    seconds: Math.round((performance.now() - started) / 1000),
    ...outcomes,
    residentMB: { start: megabytes(points[0].bytes), end: megabytes(points.at(-1).bytes) },
    slopeMBPerThousandRequests: megabytes(slopePerThousand(points)),
  };
}

/** Least-squares slope of the second half, in bytes for each 1,000 requests: the first half warms up. */
function slopePerThousand(points) {
  const half = points.slice(Math.floor(points.length / 2));
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(half.map(({ done }) => done)), mean(half.map(({ bytes }) => bytes))];
  const above = half.reduce((sum, { done, bytes }) => sum + (done - x) * (bytes - y), 0);
  const below = half.reduce((sum, point) => sum + (point.done - x) ** 2, 0);
  return (above / below) * 1000;
}

/** The most that was ever resident, as the kernel counts it, else as it is now. */
function highestResident() {
  try {
    const kilobytes = /^VmHWM:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (kilobytes !== undefined) return Number(kilobytes) * 1024;
  } catch {
    // Only Linux has it.
  }
  return process.memoryUsage.rss();
}

function activeResources() {
  const counts = {};
  for (const kind of process.getActiveResourcesInfo()) {
    // The channel to the process that measures.
    if (kind !== 'PipeWrap') counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

function megabytes(bytes) {
  return Math.round(bytes / 1e5) / 10;
}
