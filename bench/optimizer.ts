/**
 * What the graph optimizer gains: processor time of the original graph, of the optimized one, and of static int8, on
 * one thread, in interleaved rounds over the lengths of workload W1 in batches of 512 tokens. Build first: `tsc -b`.
 *
 *     node bench/optimizer.ts --model DIR [--model DIR …] [--rounds 8] [--passages 100] [--quick] [--docs] [--json FILE]
 *
 * A model without activation ranges is calibrated in a temporary copy with made-up texts: what the ranges are changes the
 * scores and not the speed. Token ids are random. Of a busy machine read the ratios of the least times.
 */
import './telemetry-off.ts';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { calibrateBiEncoder, calibrateCrossEncoder } from '@secondpass/core/models';
import { optimizeModel } from '@secondpass/runtime-onnx';
import { InferenceSession } from 'onnxruntime-node';
import { table } from './cross-encoder/report-table.ts';
import { workloads } from './cross-encoder/workloads.ts';
import { writeDocsSection } from './docs-section.ts';
import { describeMachine } from './machine.ts';
import { batchesOfTokens, feedsOf } from './prepared-batches.ts';

const tokensOfBatch = 512;

const { values } = parseArgs({
  options: {
    model: { type: 'string', multiple: true },
    rounds: { type: 'string', default: '8' },
    passages: { type: 'string', default: '100' },
    quick: { type: 'boolean', default: false },
    docs: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
if (!values.model) throw new Error('--model names a model directory, once or more often.');
const rounds = values.quick ? 2 : Number(values.rounds);
const passages = values.quick ? 20 : Number(values.passages);

const temporary = mkdtempSync(join(tmpdir(), 'secondpass-bench-'));
const rows = [];
try {
  for (const model of values.model) rows.push(...(await measure(model)));
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
const outcome = { machine: describeMachine(), passages, tokensOfBatch, rounds, rows };
const shown = table(
  ['model', 'graph', 'least ms', 'median ms', 'ratio'],
  rows.map(({ model, graph, leastMs, medianMs, ratio }) => [
    model,
    graph,
    leastMs.toFixed(0),
    medianMs.toFixed(0),
    ratio.toFixed(2),
  ]),
);
process.stdout.write(`${shown}\n`);
if (values.docs) {
  const { processor, instructionSets } = outcome.machine;
  const conditions = `${processor} (${instructionSets.join(', ')}), one thread, ${passages} pairs of workload W1 in batches of ${tokensOfBatch} tokens, processor time of the inference alone over ${rounds} interleaved rounds; the ratio is that of the least times.`;
  writeDocsSection('int8.md', 'optimizer', `${conditions}\n\n${shown}`);
}
if (values.json) {
  mkdirSync(dirname(values.json), { recursive: true });
  writeFileSync(values.json, `${JSON.stringify(outcome, null, 2)}\n`);
}

async function measure(model: string) {
  const calibrated = await calibratedForm(model);
  const graphs = {
    original: originalGraph(model),
    optimized: (await optimizeModel(model, { precision: 'fp32' })).path,
    int8: (await optimizeModel(calibrated, { precision: 'int8' })).path,
  };
  const { vocab_size: vocabulary = 1000 } = JSON.parse(readFileSync(join(model, 'config.json'), 'utf8'));
  const contenders: { graph: string; session: InferenceSession; times: number[] }[] = [];
  for (const [graph, path] of Object.entries(graphs)) {
    const session = await InferenceSession.create(path, {
      executionProviders: ['cpu'],
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
    });
    contenders.push({ graph, session, times: [] });
  }
  const feeds = batchesOfTokens(workloads['W1']!.pairLengths(passages), tokensOfBatch).map((lengths) =>
    feedsOf(lengths, vocabulary, contenders[0]!.session.inputNames),
  );
  // The first round warms up, and every other one goes the other way round.
  for (let round = 0; round <= rounds; round += 1) {
    for (const { session, times } of round % 2 === 0 ? contenders : contenders.toReversed()) {
      const before = process.cpuUsage();
      for (const batch of feeds) await session.run(batch);
      const { user, system } = process.cpuUsage(before);
      if (round > 0) times.push((user + system) / 1000);
    }
  }
  for (const { session } of contenders) await session.release();
  const sorted = contenders.map(({ graph, times }) => ({ graph, times: times.toSorted((a, b) => a - b) }));
  return sorted.map(({ graph, times }) => ({
    model: basename(model),
    graph,
    leastMs: times[0]!,
    medianMs: times[times.length >> 1]!,
    ratio: times[0]! / sorted[0]!.times[0]!,
  }));
}

function originalGraph(model: string): string {
  const full = join(model, 'onnx/model.onnx');
  return existsSync(full) ? full : join(model, 'onnx/model_quantized.onnx');
}

async function calibratedForm(model: string): Promise<string> {
  if (existsSync(join(model, 'onnx/activation_ranges.json'))) return model;
  const out = join(temporary, String(rows.length));
  const texts = Array.from(
    { length: 16 },
    (_, index) => `What is said of ${index}? ${'So and so. '.repeat(index)}`,
  );
  if (existsSync(join(model, 'modules.json'))) await calibrateBiEncoder(model, { texts, out });
  else
    await calibrateCrossEncoder(model, { pairs: texts.map((passage) => ({ query: 'what', passage })), out });
  return out;
}
