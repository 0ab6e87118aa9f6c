/**
 * An offline job, three ways, in turns: `secondpass rerank --queries`, and Ray Data with examples/ray/cross_encoder.py and with
 * sentence-transformers' CrossEncoder of the same shape (bench/bulk/ray_data.py says which). Pairs per second of processor are of
 * scoring alone for Ray, and of the whole process for the command. Needs `install-inference-servers.sh ray`, and a folder of packages
 * for Python 3.11 with sentence-transformers and torch. Build first: `tsc -b`.
 *
 *     node bench/bulk.ts --packages FOLDER [--queries 8] [--passages 25] [--rounds 3] [--workers 2] [--json FILE]
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { modelDirectory } from '@secondpass/models';
import { optimizeModel } from '@secondpass/runtime-onnx';
import { startRayServe } from '../integration/services/ray.ts';
import { MadeUpTexts } from './cross-encoder/made-up-texts.ts';
import { workloads } from './cross-encoder/workloads.ts';
import { describeMachine } from './machine.ts';

const { values: flags } = parseArgs({
  options: {
    packages: { type: 'string' },
    queries: { type: 'string', default: '8' },
    passages: { type: 'string', default: '25' },
    rounds: { type: 'string', default: '3' },
    workers: { type: 'string', default: '2' },
    json: { type: 'string' },
  },
});
const run = promisify(execFile);
const directory = modelDirectory('small');
const folder = mkdtempSync(join(tmpdir(), 'secondpass-bench-bulk-'));
const file = join(folder, 'queries.jsonl');
const texts = await MadeUpTexts.open(directory);
const lines = Array.from({ length: Number(flags.queries) }, (_, seed) => {
  const { query, passages } = texts.request(workloads['W1']!, Number(flags.passages), seed);
  return JSON.stringify({
    id: `q${seed}`,
    text: query,
    documents: passages.map((text, id) => ({ id: `${id}`, text })),
  });
});
writeFileSync(file, `${lines.join('\n')}\n`);

const { path: graph } = await optimizeModel(directory, { precision: 'int8' });
const ray = await startRayServe();
if ('notRun' in ray) throw new Error(ray.notRun);
const loadAverage = { start: loadavg()[0], end: 0 };

interface Row {
  readonly what: string;
  readonly pairs: number;
  readonly processorSeconds: number;
  readonly jobSeconds: number;
}

async function onRay(what: string, kind: string, ...more: readonly string[]): Promise<Row> {
  const script = fileURLToPath(new URL('bulk/ray_data.py', import.meta.url));
  const { stdout } = await run(
    (ray as { python: string }).python,
    [script, kind, file, flags.workers, directory, ...more],
    {
      env: {
        ...process.env,
        ...(ray as { environment: object }).environment,
        ...(flags.packages !== undefined && { PACKAGES: flags.packages }),
      },
      maxBuffer: 2 ** 26,
    },
  );
  const { pairs, processor, job } = JSON.parse(stdout.trim().split('\n').at(-1)!);
  return { what, pairs, processorSeconds: processor, jobSeconds: job };
}

async function byCommand(round: number): Promise<Row> {
  const command = fileURLToPath(new URL('../packages/cli/bin/secondpass.js', import.meta.url));
  const words = ['rerank', '--queries', file, '--output', join(folder, `${round}.jsonl`)];
  const started = performance.now();
  // Bash tells the processor time of the process that it waited for.
  const { stderr } = await run('bash', [
    '-c',
    'TIMEFORMAT="%U %S"; time "$@"',
    'bash',
    process.execPath,
    command,
    ...words,
  ]);
  const [user, system] = stderr.trim().split('\n').at(-1)!.split(' ').map(Number);
  const jobSeconds = (performance.now() - started) / 1000;
  return {
    what: 'secondpass rerank',
    pairs: lines.length * Number(flags.passages),
    processorSeconds: user! + system!,
    jobSeconds,
  };
}

const rows: (Row & { round: number })[] = [];
const note = (round: number, row: Row) => {
  rows.push({ ...row, round });
  console.error(JSON.stringify({ round, ...row, pairsPerProcessorSecond: row.pairs / row.processorSeconds }));
};
try {
  for (let round = 0; round < Number(flags.rounds); round += 1) {
    note(round, await byCommand(round));
    note(round, await onRay('Ray Data, ours, int8', 'ours', graph));
    note(round, await onRay('Ray Data, ours, fp32', 'ours'));
    if (flags.packages)
      note(round, await onRay('Ray Data, sentence-transformers, fp32', 'sentence-transformers'));
  }
} finally {
  await ray.stop();
  rmSync(folder, { recursive: true });
}
loadAverage.end = loadavg()[0]!;
const result = { machine: describeMachine(), loadAverage, flags: { ...flags, packages: undefined }, rows };
if (flags.json) writeFileSync(flags.json, `${JSON.stringify(result, null, 2)}\n`);
console.log(JSON.stringify(result, null, 2));
process.exit(0);
