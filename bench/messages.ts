/**
 * What a message to a thread costs, by its content: the sequences of a batch as they are, in one array, and in shared memory.
 * And what it costs to be woken by the answer. A ring in shared memory saves the first, not the second.
 *
 *     node bench/messages.ts [--json FILE]
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { table } from './cross-encoder/report-table.ts';
import { describeMachine } from './machine.ts';

const { values } = parseArgs({ options: { json: { type: 'string' } } });

/** A batch of 256 tokens: three pairs of 80. */
const [pairs, tokens] = [3, 80];
const sequences = Array.from({ length: pairs }, () => ({
  ids: new Int32Array(tokens),
  typeIds: new Int32Array(tokens),
}));
const contents: Readonly<Record<string, unknown>> = {
  'sequences as they are': { kind: 'run', sequences },
  'all sequences in one array': { kind: 'run', numbers: new Int32Array(2 * pairs * tokens + pairs) },
  'shared memory': { kind: 'run', numbers: new Int32Array(new SharedArrayBuffer(65_536)) },
  'no content': { kind: 'run' },
};
const messages = 1000;

const worker = new Worker(new URL('./messages/answering-thread.ts', import.meta.url));
const answer = () => new Promise((resolve) => worker.once('message', resolve));
const microseconds = ({ user, system }: NodeJS.CpuUsage, count: number) => (user + system) / count;

/** Computing time of all threads for a message that is read and not answered, in microseconds. */
async function costOf(content: unknown): Promise<number> {
  const before = process.cpuUsage();
  for (let sent = 0; sent < messages; sent += 1) worker.postMessage(content);
  worker.postMessage('answer');
  await answer();
  return microseconds(process.cpuUsage(before), messages);
}

/** A message and its answer, of which each wakes a thread that sleeps, in microseconds. */
async function roundTrip() {
  const cpu = process.threadCpuUsage();
  const started = performance.now();
  for (let sent = 0; sent < messages; sent += 1) {
    worker.postMessage('answer');
    await answer();
  }
  const wall = ((performance.now() - started) * 1000) / messages;
  return { wall, cpuOfEventLoop: microseconds(process.threadCpuUsage(cpu), messages) };
}

const least: Record<string, number> = {};
const trips: Awaited<ReturnType<typeof roundTrip>>[] = [];
for (let round = 0; round < 6; round += 1) {
  for (const [name, content] of Object.entries(contents)) {
    const cost = await costOf(content);
    // In the first round the code is not compiled yet.
    if (round > 0) least[name] = Math.min(least[name] ?? Number.POSITIVE_INFINITY, cost);
  }
  trips.push(await roundTrip());
}
await worker.terminate();
const [quickest] = trips.toSorted((a, b) => a.wall - b.wall);
const rows = Object.entries(least).map(([name, cost]) => [`${name}: computing time, all threads`, cost]);
rows.push(['a message and its answer: computing time of the event loop', quickest!.cpuOfEventLoop]);
rows.push(['a message and its answer: wall clock', quickest!.wall]);
console.log(
  table(
    ['', 'µs'],
    rows.map(([name, cost]) => [String(name), Number(cost).toFixed(1)]),
  ),
);
const measured = new Date().toISOString().slice(0, 10);
const outcome = { measured, machine: describeMachine(), microseconds: least, roundTrip: quickest };
if (values.json) writeFileSync(values.json, `${JSON.stringify(outcome, null, 2)}\n`);
