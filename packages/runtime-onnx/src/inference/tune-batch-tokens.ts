import type { Precision } from '@secondpass/core';
import { checkOptions } from '@secondpass/core/extend';
import {
  encoderOptionShape,
  firstPositionOf,
  openModelDirectory,
  readMaxTokens,
  readModelConfig,
  type TokenSequence,
} from '@secondpass/core/runtime';
import { defaultWorkers, planBatches, SessionPool } from '@secondpass/runtime-common';
import { z } from 'zod';
import { graphToRun } from '../graph/graph-to-run.ts';
import { sessionScript } from './open-session.ts';
import { keepTuning, type Tuning } from './tuned-batch-tokens.ts';

/** What {@link tuneBatchTokens} measures. */
export interface TuneBatchTokensOptions {
  /** Which graph: `onnx/model.onnx` (fp32) or `onnx/model_quantized.onnx` (int8). @default fp32 if it exists */
  readonly precision?: Precision;
  /** Worker threads; the result applies to this number of threads. @default the cgroup's quota, or the cores */
  readonly workers?: number;
  readonly signal?: AbortSignal;
}

const { precision, workers, signal } = encoderOptionShape;
const optionsSchema = z.strictObject({ precision, workers, signal });

/** What {@link tuneBatchTokens} found. Times are in milliseconds. */
export interface TuneBatchTokensResult extends Tuning {
  /** Whether later loads find the result: `false` if the cache cannot be written. */
  readonly kept: boolean;
}

const budgets = [128, 192, 256, 384, 512];
const millisecondsEach = 1000;
const leastRounds = 3;
/** The larger budget is taken if it is slower by no more than this share, so that noise does not decide. */
const tolerance = 0.01;
/** Tokens of 64 passages as in MS MARCO: 27 to 209, 80 on average. */
const lengths = Array.from({ length: 64 }, (_, index) => Math.round(27 + 182 * ((index + 0.5) / 64) ** 2.4));

/**
 * Measures how many padded tokens a batch should have on this machine, about a second for each of five budgets, and keeps
 * the result in the cache: later loads without `maxBatchTokens` use it. Nothing else should run on the machine
 * meanwhile.
 *
 * @param directory of a cross-encoder or a bi-encoder
 * @returns the budget to use, and milliseconds for 64 made-up sequences at each
 * @throws RetrievalError `model-not-found`, `model-damaged`, `model-unsupported`, `invalid-options`; or the signal's reason
 *
 * @example
 * import { modelDirectory } from '@secondpass/models';
 * import { tuneBatchTokens } from '@secondpass/runtime-onnx';
 * const { maxBatchTokens } = await tuneBatchTokens(modelDirectory('nano'), { workers: 1 });
 * maxBatchTokens > 0; // → true
 */
export async function tuneBatchTokens(
  directory: string,
  options: TuneBatchTokensOptions = {},
): Promise<TuneBatchTokensResult> {
  checkOptions(optionsSchema, options, { origin: 'tuneBatchTokens' });
  const { workers = defaultWorkers(), precision, signal } = options;
  signal?.throwIfAborted();
  const model = await openModelDirectory(directory, precision);
  const config = await readModelConfig(model);
  const sequences = madeUp(await readMaxTokens(model, config), config['vocab_size']);
  const graph = await graphToRun(model, true, precision);
  const pool = await SessionPool.open({
    origin: model.name,
    script: sessionScript,
    settings: {
      graph: graph.path,
      preferredOutputs: ['logits', 'scores', 'last_hidden_state', 'token_embeddings'],
      threads: 1,
      firstPosition: firstPositionOf(config),
      ...(model.manifest.paddingSide && { paddingSide: model.manifest.paddingSide }),
    },
    workers,
    maxBatchTokens: Math.max(...budgets),
    joining: false,
    maxQueuedBatches: 8192,
    signal,
  });
  try {
    const table = await measure(pool, sequences, signal);
    const tuning = { maxBatchTokens: chooseBudget(table), table };
    return { ...tuning, kept: await keepTuning(model, workers, tuning) };
  } finally {
    await pool.close();
  }
}

async function measure(
  pool: SessionPool,
  sequences: readonly TokenSequence[],
  signal: AbortSignal | undefined,
): Promise<Tuning['table']> {
  const times = budgets.map((): number[] => []);
  const score = async (budget: number) => {
    const started = performance.now();
    const plan = (tokens: readonly number[]) => planBatches(tokens, budget);
    await pool.run({ sequences, read: () => true, signal }, plan);
    return performance.now() - started;
  };
  // The first run of each length is slower: the runtime allocates its memory.
  for (const budget of budgets) await score(budget);
  const until = performance.now() + millisecondsEach * budgets.length;
  // In turns, so that other load on the machine affects all budgets alike.
  for (let round = 0; round < leastRounds || performance.now() < until; round += 1) {
    for (const [index, budget] of budgets.entries()) times[index]!.push(await score(budget));
  }
  return budgets.map((maxBatchTokens, index) => {
    const sorted = times[index]!.toSorted((a, b) => a - b);
    return { maxBatchTokens, minMs: sorted[0]!, medianMs: sorted[Math.floor(sorted.length / 2)]! };
  });
}

/** The largest budget that is within 1 % of the fastest, by the shortest time of each. */
export function chooseBudget(table: Tuning['table']): number {
  const best = Math.min(...table.map(({ minMs }) => minMs));
  const good = table.filter(({ minMs }) => minMs <= best * (1 + tolerance));
  return Math.max(...good.map(({ maxBatchTokens }) => maxBatchTokens));
}

/** The time does not depend on which tokens are read, if the model has them. */
function madeUp(maxTokens: number, vocabularySize: unknown): TokenSequence[] {
  const vocabulary = z.int().min(1).catch(1000).parse(vocabularySize);
  return lengths.map((length) => {
    const kept = Math.min(length, maxTokens);
    const ids = Int32Array.from({ length: kept }, (_, index) => (7 * index + 3 * length) % vocabulary);
    return { ids, typeIds: new Int32Array(kept) };
  });
}
