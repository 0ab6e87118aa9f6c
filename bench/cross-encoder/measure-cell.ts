import { setTimeout } from 'node:timers/promises';
import type { Precision } from '@secondpass/core';
import { type Agreement, compareScores } from './agreement.ts';
import type { ContenderProcess } from './contender-process.ts';
import { batchSizes, type Contender } from './contenders.ts';
import type { LoadedContenders } from './loaded-contenders.ts';
import type { MadeUpRequest } from './made-up-texts.ts';
import type { Cell } from './plan.ts';
import type { Scored } from './processes/answer-lines.ts';

export interface CellRow {
  readonly shape: string;
  readonly workload: string;
  readonly precision: Precision;
  readonly contender: string;
  readonly minMs: number;
  readonly medianMs: number;
  /** minMs ÷ ours at the same precision. */
  readonly ratioToOurs: number;
  readonly rounds: number;
  readonly passages: number;
  readonly tokens: number;
  readonly batchSize?: number;
  readonly agreement: Agreement;
}

export interface RoundsLimit {
  readonly rounds: number;
  /** Rounds that are run in any case. */
  readonly least: number;
  /** No further round starts after this time, in milliseconds. */
  readonly budgetMs: number;
}

const settleMs = 20;
const warmUpMs = 1000;

interface Entry {
  readonly contender: Contender;
  readonly process: ContenderProcess;
  readonly agreement: Agreement;
  readonly batchSize: number | undefined;
  readonly times: number[];
}

/**
 * Measures all contenders on one cell. Each warms up for a second or more, which does not count; the scores of the first run are
 * compared. Then come the rounds: each contender runs once in a round, the order moves on by one, and the texts are new.
 *
 * @param requestOf the request of a round; those of round 0 and below do not count
 * @param oursFp32 scores of ours at fp32 for round 0
 */
export async function measureCell(
  cell: Cell,
  contenders: readonly Contender[],
  loaded: LoadedContenders,
  requestOf: (round: number) => MadeUpRequest,
  limit: RoundsLimit,
  oursFp32?: Scored,
): Promise<{ rows: CellRow[]; ours: Scored } | undefined> {
  const { shape, precision } = cell;
  const first = requestOf(0);
  const entries: Entry[] = [];
  let ours: Scored | undefined;
  for (const contender of contenders) {
    if (!contender.precisions.includes(precision)) continue;
    const process = await loaded.process(contender, shape, precision);
    if (!process) continue;
    try {
      const batchSize = await chooseBatchSize(contender, process, first);
      const scored = await process.score(asked(first, batchSize));
      ours ??= scored;
      await warmUp(process, (run) => asked(requestOf(-run), batchSize));
      const agreement = compareScores(scored, ours, oursFp32 ?? (precision === 'fp32' ? ours : undefined));
      entries.push({ contender, process, agreement, batchSize, times: [] });
    } catch (error) {
      loaded.fail(contender, `${shape} ${cell.workload} ${precision}`, error);
    }
    if (ours === undefined) return undefined;
  }
  const started = performance.now();
  for (let round = 1; round <= limit.rounds; round += 1) {
    if (round > limit.least && performance.now() - started > limit.budgetMs) break;
    const request = requestOf(round);
    await prepareAll(entries, (batchSize) => asked(request, batchSize));
    for (let place = 0; place < entries.length; place += 1) {
      const { contender, process, batchSize, times } = entries[(place + round) % entries.length]!;
      try {
        // Threads of the one before may spin for a while after their answer.
        await setTimeout(settleMs);
        times.push((await process.score(asked(request, batchSize))).ms);
      } catch (error) {
        loaded.fail(contender, `${shape} ${cell.workload} ${precision}`, error);
        times.push(Number.NaN);
      }
    }
  }
  const whole = entries.filter(({ times }) => times.every(Number.isFinite));
  const oursWhole = whole.find(({ contender }) => contender.name === 'ours');
  if (!oursWhole) return undefined;
  const best = Math.min(...oursWhole.times);
  const tokens = first.pairLengths.reduce((sum, length) => sum + length, 0);
  const rows = whole.map(({ contender, times, batchSize, agreement }) => ({
    shape,
    workload: cell.workload,
    precision,
    contender: contender.name,
    minMs: Math.min(...times),
    medianMs: times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]!,
    ratioToOurs: Math.min(...times) / best,
    rounds: times.length,
    passages: cell.passages,
    tokens,
    ...(batchSize !== undefined && { batchSize }),
    agreement,
  }));
  return { rows, ours: ours! };
}

async function prepareAll(
  entries: readonly Entry[],
  requestFor: (batchSize: number | undefined) => ReturnType<typeof asked>,
): Promise<void> {
  for (const { contender, process, batchSize } of entries) {
    // What fails here fails again in its turn, and is noted there.
    if (contender.prepares) await process.prepare(requestFor(batchSize)).catch(() => {});
  }
}

async function warmUp(
  process: ContenderProcess,
  requestOf: (run: number) => ReturnType<typeof asked>,
): Promise<void> {
  const started = performance.now();
  for (let run = 1; run <= 20 && performance.now() - started < warmUpMs; run += 1) {
    await process.score(requestOf(run));
  }
}

/** The best batch size is looked for on the first passages, twice each, because the smaller ones' first run is slow. */
async function chooseBatchSize(
  { batchSize }: Contender,
  process: ContenderProcess,
  request: MadeUpRequest,
): Promise<number | undefined> {
  if (batchSize !== 'best') return batchSize;
  const sample = { ...request, passages: request.passages.slice(0, 16) };
  const best = { size: 1, ms: Number.POSITIVE_INFINITY };
  for (const size of batchSizes) {
    const first = await process.score(asked(sample, size));
    const ms = Math.min(first.ms, (await process.score(asked(sample, size))).ms);
    if (ms < best.ms) Object.assign(best, { size, ms });
  }
  return best.size;
}

function asked({ query, passages }: MadeUpRequest, batchSize: number | undefined) {
  return { query, passages, ...(batchSize !== undefined && { batchSize }) };
}
