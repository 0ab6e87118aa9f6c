/**
 * What kernels of our own would bring for int8: ONNX Runtime on the int8 graph that we run today, and a prototype in Rust whose
 * layers are fused by hand (native-int8/), on one thread each, in interleaved rounds of the same lengths. Processor time, so a busy
 * machine does not change the ratio much. Build first: `tsc -b`; needs cargo, and AVX-512 VNNI for the prototype.
 *
 *     node bench/native-int8.ts [--shapes L6,bge-base] [--rounds 8] [--passages 100] [--json FILE]
 */
import './telemetry-off.ts';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { optimizeModel } from '@secondpass/runtime-onnx';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { ShapeName } from './cross-encoder/bench-options.ts';
import { calibrateShapes } from './cross-encoder/calibrate-shapes.ts';
import { generateFiles, matrixProducts, shapeDirectory } from './cross-encoder/generated-files.ts';
import { installPeerPackages } from './cross-encoder/peer-packages.ts';
import { table } from './cross-encoder/report-table.ts';
import { leastOperations, type ShapeSizes } from './cross-encoder/work.ts';
import { workloads } from './cross-encoder/workloads.ts';
import { describeMachine } from './machine.ts';
import { PrototypeProcess } from './native-int8/prototype-process.ts';
import { batchesOfTokens, feedsOf } from './prepared-batches.ts';

const { values: flags } = parseArgs({
  options: {
    shapes: { type: 'string', default: 'L6,bge-base' },
    rounds: { type: 'string', default: '8' },
    passages: { type: 'string', default: '100' },
    json: { type: 'string' },
  },
});
const shapes = flags.shapes.split(',') as ShapeName[];
const rounds = Number(flags.rounds);
const lengths = workloads['W1']!.pairLengths(Number(flags.passages));
const crate = fileURLToPath(new URL('./native-int8/', import.meta.url));

const { python } = installPeerPackages();
generateFiles('executable' in python ? python.executable : 'python3', shapes);
await calibrateShapes(shapes);
const built = spawnSync('cargo', ['build', '--release'], { cwd: crate, encoding: 'utf8' });
if (built.status !== 0) throw new Error(`cargo build failed: ${built.error?.message ?? built.stderr}`);

const rows = [];
for (const shape of shapes) rows.push(await measure(shape));
const outcome = { machine: describeMachine(), lengths, rounds, rows };
const names = [
  'shape',
  'ONNX Runtime, ms',
  'prototype, ms',
  'ratio',
  'share of the peak: ONNX Runtime',
  'prototype',
];
process.stdout.write(
  `${table(
    names,
    rows.map(({ shape, onnxRuntime, prototype, ratio, ...row }) => [
      shape,
      onnxRuntime.leastMs.toFixed(0),
      prototype.leastMs.toFixed(0),
      ratio.toFixed(2),
      `${(row.onnxRuntimeShare * 100).toFixed(0)} %`,
      `${(row.prototypeShare * 100).toFixed(0)} %`,
    ]),
  )}\n`,
);
for (const { shape, operators } of rows) {
  process.stdout.write(`${shape}, time in ONNX Runtime by operator: ${JSON.stringify(operators)}\n`);
}
if (flags.json) {
  mkdirSync(dirname(flags.json), { recursive: true });
  writeFileSync(flags.json, `${JSON.stringify(outcome, null, 2)}\n`);
}

async function measure(shape: ShapeName) {
  const directory = shapeDirectory(shape);
  const config = JSON.parse(readFileSync(join(directory, 'config.json'), 'utf8'));
  const { path } = await optimizeModel(directory, { precision: 'int8' });
  const session = await open(path);
  const feeds = batchesOfTokens(lengths, 512).map((batch) =>
    feedsOf(batch, config.vocab_size, session.inputNames),
  );
  const prototype = await PrototypeProcess.start(join(crate, 'target/release/native-int8'), [
    ...['--layers', String(config.num_hidden_layers), '--width', String(config.hidden_size)],
    ...['--heads', String(config.num_attention_heads), '--threads', '1', '--lengths', lengths.join()],
  ]);
  const times = { onnxRuntime: [] as number[], prototype: [] as number[] };
  for (let round = 0; round <= rounds; round += 1) {
    const before = process.cpuUsage();
    for (const batch of feeds) await session.run(batch);
    const { user, system } = process.cpuUsage(before);
    const ours = await prototype.run();
    // The first round warms up.
    if (round === 0) continue;
    times.onnxRuntime.push((user + system) / 1000);
    times.prototype.push(ours);
  }
  await session.release();
  await prototype.stop();
  const sizes: ShapeSizes = JSON.parse(readFileSync(join(directory, 'shape.json'), 'utf8'));
  const operations = leastOperations(sizes, lengths);
  const peak = await largestProduct();
  const share = (ms: number) => operations / (ms * 1e6) / Math.max(peak, prototype.peak);
  const [onnxRuntime, ours] = [summary(times.onnxRuntime), summary(times.prototype)];
  return {
    ...{ shape, onnxRuntime, prototype: ours, ratio: onnxRuntime.leastMs / ours.leastMs, operations },
    ...{ peakOfOnnxRuntime: peak, peakOfPrototype: prototype.peak },
    ...{ onnxRuntimeShare: share(onnxRuntime.leastMs), prototypeShare: share(ours.leastMs) },
    operators: await timeByOperator(path, feeds),
  };
}

/** Operations per nanosecond of processor time of one large integer product, by ONNX Runtime. */
async function largestProduct(): Promise<number> {
  const session = await open(join(matrixProducts, 'int8.onnx'));
  const { inputNames } = session;
  const [rows, depth, columns] = [256, 1536, 1536];
  const feeds = {
    [inputNames[0]!]: new Tensor('uint8', new Uint8Array(rows * depth).fill(7), [rows, depth]),
  };
  let best = 0;
  for (let round = 0; round < rounds * 4; round += 1) {
    const before = process.cpuUsage();
    await session.run(feeds);
    const { user, system } = process.cpuUsage(before);
    best = Math.max(best, (2 * rows * depth * columns) / ((user + system) * 1000));
  }
  await session.release();
  return best;
}

/** Milliseconds of one run over all batches by operator, from the runtime's own profile. */
async function timeByOperator(path: string, feeds: readonly InferenceSession.FeedsType[]) {
  const folder = mkdtempSync(join(tmpdir(), 'secondpass-bench-'));
  try {
    const session = await open(path, { enableProfiling: true, profileFilePrefix: join(folder, 'profile') });
    for (const batch of feeds) await session.run(batch);
    session.endProfiling();
    await session.release();
    const events: ProfileEvent[] = JSON.parse(readFileSync(join(folder, readdirSync(folder)[0]!), 'utf8'));
    const spent = new Map<string, number>();
    for (const { cat, name, dur, args } of events) {
      if (cat !== 'Node' || !name.endsWith('_kernel_time')) continue;
      spent.set(args.op_name, (spent.get(args.op_name) ?? 0) + dur / 1000);
    }
    return Object.fromEntries(
      [...spent].sort(([, a], [, b]) => b - a).map(([name, ms]) => [name, Number(ms.toFixed(1))]),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface ProfileEvent {
  readonly cat: string;
  readonly name: string;
  /** Microseconds. */
  readonly dur: number;
  readonly args: { readonly op_name: string };
}

function open(path: string, options: InferenceSession.SessionOptions = {}): Promise<InferenceSession> {
  return InferenceSession.create(path, {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
    ...options,
  });
}

function summary(times: readonly number[]) {
  const sorted = times.toSorted((a, b) => a - b);
  return { leastMs: sorted[0]!, medianMs: sorted[sorted.length >> 1]! };
}
