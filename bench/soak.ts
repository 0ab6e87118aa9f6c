/**
 * Memory of a pool of two workers, in a process of its own: with 100 passages of 512 tokens (`memory`), and over thousands
 * of requests, some aborted, some with a short deadline (`soak`), with what is left after close(). Build first: `tsc -b`.
 *
 *     node bench/soak.ts --model DIR [--model DIR …] [--parts memory,soak] [--requests 10000] [--passages 5] [--quick]
 *                        [--docs] [--json FILE]
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { MadeUpTexts } from './cross-encoder/made-up-texts.ts';
import { table } from './cross-encoder/report-table.ts';
import { workloads } from './cross-encoder/workloads.ts';
import { writeDocsSection } from './docs-section.ts';
import { describeMachine, type Machine } from './machine.ts';

interface Outcome {
  readonly model: string;
  readonly before: { readonly residentMB: number };
  readonly loadedMB: number;
  readonly afterClose: { readonly residentMB: number; readonly resources: Record<string, number> };
}
interface MemoryOutcome extends Outcome {
  readonly highestMB: number;
}
interface SoakOutcome extends Outcome {
  readonly requests: number;
  readonly seconds: number;
  readonly aborted: number;
  readonly partly: number;
  readonly residentMB: { readonly start: number; readonly end: number };
  readonly slopeMBPerThousandRequests: number;
}

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', multiple: true },
    parts: { type: 'string', default: 'memory,soak' },
    requests: { type: 'string', default: '10000' },
    passages: { type: 'string', default: '5' },
    quick: { type: 'boolean', default: false },
    docs: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const models = options.model ?? [];
if (models.length === 0) throw new Error('Name a model directory: --model DIR.');

const workers = 2;
const script = fileURLToPath(new URL('./soak/measured-process.mjs', import.meta.url));

function measure<T extends Outcome>(model: string, task: Record<string, unknown>): T {
  const folder = mkdtempSync(join(tmpdir(), 'soak-'));
  try {
    const file = join(folder, 'task.json');
    writeFileSync(file, JSON.stringify({ model, workers, ...task }));
    const { stdout, stderr, status } = spawnSync(process.execPath, [script, file], {
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    if (status !== 0) throw new Error(`The measured process ended with ${status}: ${stderr}`);
    return { model: basename(model), ...JSON.parse(stdout) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function madeUpRequests(model: string) {
  const texts = await MadeUpTexts.open(model);
  return Array.from({ length: 500 }, (_, seed) => {
    const { query, passages } = texts.request(workloads['W1']!, Number(options.passages), seed);
    return { query, passages };
  });
}

function source(machine: Machine): string {
  const day = new Date().toISOString().slice(0, 10);
  return `Measured ${day}${options.quick ? ' with `--quick`' : ''} on ${machine.processor}, ${machine.cores} cores, Node ${machine.node}.`;
}

const machine = describeMachine();
const parts = options.parts.split(',');
const memory: MemoryOutcome[] = [];
const soak: SoakOutcome[] = [];
for (const model of models) {
  if (parts.includes('memory')) {
    memory.push(measure(model, { part: 'memory', turns: options.quick ? 1 : 3 }));
  }
  if (parts.includes('soak')) {
    const seconds = options.quick ? 150 / models.length : 86_400;
    const task = { requests: Number(options.requests), seconds, samples: 100, atOnce: 8 };
    soak.push(measure(model, { part: 'soak', ...task, texts: await madeUpRequests(model) }));
  }
}
if (options.docs && memory.length > 0) {
  const rows = memory.map((one) => [one.model, `${one.loadedMB}`, `${one.highestMB}`]);
  const head = ['model', 'MB resident when loaded', 'MB resident at most'];
  writeDocsSection('scheduling.md', 'memory', `${source(machine)}\n\n${table(head, rows)}`);
}
if (options.docs && soak.length > 0) {
  const rows = soak.map((one) => [
    one.model,
    `${one.requests} in ${one.seconds} s`,
    `${one.aborted}, ${one.partly}`,
    `${one.residentMB.start} → ${one.residentMB.end}`,
    `${one.slopeMBPerThousandRequests}`,
    Object.keys(one.afterClose.resources).join(', ') || 'nothing',
  ]);
  const head = [
    'model',
    'requests',
    'aborted, cut off by a deadline',
    'MB resident',
    'MB per 1,000 requests in the second half',
    'left after close()',
  ];
  writeDocsSection('scheduling.md', 'soak', `${source(machine)}\n\n${table(head, rows)}`);
}
const json = `${JSON.stringify({ measured: new Date().toISOString().slice(0, 10), machine, workers, memory, soak }, null, 2)}\n`;
process.stdout.write(json);
if (options.json) {
  mkdirSync(dirname(options.json), { recursive: true });
  writeFileSync(options.json, json);
}
