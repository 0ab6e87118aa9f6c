/**
 * The WebAssembly runtime compared with the native one: scoring in interleaved rounds, the farthest score, and for each of them
 * loading and memory in a process of its own.
 *
 *     node bench/runtimes.ts [--model NAME]... [--passages N] [--tokens N] [--rounds N] [--json FILE]
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type CrossEncoder, loadCrossEncoder } from '@secondpass/core';
import type { RuntimeName } from '@secondpass/core/models';
import { type BundledModel, modelDirectory } from '@secondpass/models';
import { MadeUpTexts } from './cross-encoder/made-up-texts.ts';
import { describeMachine } from './machine.ts';

const { values: options } = parseArgs({
  options: {
    model: { type: 'string', multiple: true, default: ['nano', 'small'] },
    passages: { type: 'string', default: '100' },
    tokens: { type: 'string', default: '80' },
    rounds: { type: 'string', default: '5' },
    json: { type: 'string' },
    // A process of its own: load this one, by this runtime, and say what that took.
    alone: { type: 'string' },
  },
});
const [passages, tokens, rounds] = [options.passages, options.tokens, options.rounds].map(Number) as [
  number,
  number,
  number,
];
/** The native runtime's default for the bundled models, and what both of them compute. */
const variants = [
  ['onnx', 'int8'],
  ['onnx', 'fp32'],
  ['wasm', 'fp32'],
] as const;
type Variant = (typeof variants)[number];

async function requestFor(directory: string, seed: number) {
  const source = await MadeUpTexts.open(directory);
  const workload = { pairLengths: (count: number) => Array.from({ length: count }, () => tokens) };
  return source.request(workload as never, passages, seed);
}

async function measureAlone(model: BundledModel, [runtime, precision]: Variant): Promise<void> {
  const directory = modelDirectory(model);
  const request = await requestFor(directory, 1);
  const before = process.memoryUsage.rss();
  const started = performance.now();
  const loaded = await loadCrossEncoder(directory, { runtime, precision, workers: 1 });
  const loadMs = performance.now() - started;
  await loaded.score({ ...request, passages: request.passages.slice(0, 20) });
  const residentMB = (process.memoryUsage.rss() - before) / 1e6;
  await loaded.close();
  console.log(JSON.stringify({ loadMs: Math.round(loadMs), residentMB: Math.round(residentMB) }));
}

function alone(model: BundledModel, variant: Variant): { loadMs: number; residentMB: number } {
  const self = fileURLToPath(import.meta.url);
  const printed = execFileSync(process.execPath, [self, '--model', model, '--alone', variant.join()], {
    encoding: 'utf8',
  });
  return JSON.parse(printed);
}

async function measure(model: BundledModel) {
  const directory = modelDirectory(model);
  const loaded: CrossEncoder[] = [];
  for (const [runtime, precision] of variants)
    loaded.push(await loadCrossEncoder(directory, { runtime, precision }));
  const times = variants.map((): number[] => []);
  const scores = variants.map((): number[] => []);
  for (let round = 0; round <= rounds; round += 1) {
    const request = await requestFor(directory, round + 1);
    const order = variants.map((_, index) => (index + round) % variants.length);
    for (const index of order) {
      const started = performance.now();
      const answers = await loaded[index]!.score(request);
      // The first round is slower: memory is allocated in it.
      if (round > 0) times[index]!.push(performance.now() - started);
      scores[index]!.push(...answers.map(({ rawScore }) => rawScore));
    }
  }
  for (const one of loaded) await one.close();
  const [, native, wasm] = times.map((all) => Math.min(...all));
  const difference = Math.max(...scores[1]!.map((score, index) => Math.abs(score - scores[2]![index]!)));
  return {
    model,
    farthestRawScoreInFp32: difference,
    wasmPerNativeInFp32: Number((wasm! / native!).toFixed(2)),
    variants: variants.map((variant, index) => ({
      runtime: variant[0] satisfies RuntimeName,
      precision: variant[1],
      minMs: Math.round(Math.min(...times[index]!)),
      medianMs: Math.round(median(times[index]!)),
      ...alone(model, variant),
    })),
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

if (options.alone !== undefined) {
  const variant = variants.find((one) => one.join() === options.alone);
  if (!variant) throw new Error(`--alone is one of ${variants.join(' ')}`);
  await measureAlone(options.model[0] as BundledModel, variant);
} else {
  const results = [];
  for (const model of options.model) results.push(await measure(model as BundledModel));
  const date = new Date().toISOString().slice(0, 10);
  const report = { date, machine: describeMachine(), passages, tokens, rounds, results };
  for (const { variants: rows, ...rest } of results) {
    console.log(rest);
    console.table(rows);
  }
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
}
