import { setTimeout } from 'node:timers/promises';
import type { Precision } from '@secondpass/core';
import { ContenderProcess } from '../cross-encoder/contender-process.ts';
import type { PeerPackages } from '../cross-encoder/peer-packages.ts';
import type { EmbeddingContender } from './contenders.ts';
import { embedderDirectory } from './embedder-files.ts';
import { type Cosines, compareVectors } from './vector-agreement.ts';

export interface EmbeddingRow {
  readonly contender: string;
  readonly precision: Precision;
  readonly minMs: number;
  readonly medianMs: number;
  /** By the best round, and by the median one. */
  readonly passagesPerSecond: { readonly best: number; readonly median: number };
  /** Minutes that 100,000 passages take by the median round. */
  readonly minutesFor100000: number;
  /** The best time ÷ that of ours at the same precision. */
  readonly ratioToOurs: number;
  readonly rounds: number;
  /** The most memory of the process, in MiB: libraries, model and texts. */
  readonly peakMemoryMiB?: number;
  /** With the vectors of ours at fp32. */
  readonly cosines: Cosines;
}

export interface EmbeddingPlan {
  readonly cores: number;
  readonly rounds: number;
  /** No round but the first starts after this time, loading included, in milliseconds. */
  readonly budgetMs: number;
  /** The passages of a round; those of round 0 and below do not count. */
  readonly passagesOf: (round: number) => readonly string[];
}

interface Entry {
  readonly contender: EmbeddingContender;
  readonly precision: Precision;
  readonly process: ContenderProcess;
  readonly vectors: readonly (readonly number[])[];
  readonly times: number[];
}

export interface EmbeddingResult {
  readonly rows: readonly EmbeddingRow[];
  readonly versions: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly notRun: readonly { readonly what: string; readonly reason: string }[];
}

const settleMs = 50;

/**
 * Measures all contenders, each in a process of its own for each precision. Two runs do not count; the vectors of the first are
 * compared. Then come the rounds: each contender runs once in a round, the order moves on by one, and the texts are new.
 */
export async function measureEmbedders(
  contenders: readonly EmbeddingContender[],
  precisions: readonly Precision[],
  packages: PeerPackages,
  plan: EmbeddingPlan,
  tell: (line: string) => void,
): Promise<EmbeddingResult> {
  const started = performance.now();
  const entries: Entry[] = [];
  const notRun: { what: string; reason: string }[] = [];
  const versions: Record<string, Record<string, string>> = {};
  const reason = (error: unknown) => (error instanceof Error ? error.message : String(error));
  try {
    for (const contender of contenders) {
      for (const precision of contender.precisions.filter((each) => precisions.includes(each))) {
        const what = `${contender.name} ${precision}`;
        let process: ContenderProcess | undefined;
        try {
          process = new ContenderProcess(contender.script, plan.cores, packages);
          const loaded = await process.load({
            directory: embedderDirectory,
            precision,
            threads: plan.cores,
          });
          versions[contender.name] = loaded.versions;
          const { vectors } = await process.embed({ ...asked(contender, plan, 0), wantVectors: true });
          await process.embed(asked(contender, plan, -1));
          entries.push({ contender, precision, process, vectors: vectors!, times: [] });
          tell(`${what} is loaded.`);
        } catch (error) {
          process?.end();
          notRun.push({ what, reason: reason(error) });
        }
      }
    }
    for (let round = 1; round <= plan.rounds; round += 1) {
      if (round > 1 && performance.now() - started > plan.budgetMs) break;
      for (let place = 0; place < entries.length; place += 1) {
        const { contender, process, times } = entries[(place + round) % entries.length]!;
        // Threads of the one before may spin for a while after their answer.
        await setTimeout(settleMs);
        times.push((await process.embed(asked(contender, plan, round))).ms);
      }
      tell(`round ${round}, ms: ${entries.map(labelled).join(', ')}`);
    }
    return { rows: rowsOf(entries, plan), versions, notRun };
  } finally {
    for (const { process } of entries) process.end();
  }
}

function asked({ batchSize }: EmbeddingContender, { passagesOf }: EmbeddingPlan, round: number) {
  return { passages: passagesOf(round), ...(batchSize !== undefined && { batchSize }) };
}

function labelled({ contender, precision, times }: Entry): string {
  return `${contender.name} ${precision} ${times.at(-1)!.toFixed(0)}`;
}

function rowsOf(entries: readonly Entry[], { passagesOf }: EmbeddingPlan): EmbeddingRow[] {
  const passages = passagesOf(0).length;
  const ours = (precision: Precision) =>
    entries.find((entry) => entry.contender.name === 'ours' && entry.precision === precision);
  const reference = ours('fp32') ?? entries[0]!;
  return entries.map(({ contender, precision, process, vectors, times }) => {
    const sorted = times.toSorted((a, b) => a - b);
    const [minMs, medianMs] = [sorted[0]!, sorted[sorted.length >> 1]!];
    const memory = process.peakMemory();
    const oursBest = Math.min(...(ours(precision)?.times ?? times));
    return {
      contender: contender.name,
      precision,
      minMs,
      medianMs,
      passagesPerSecond: { best: (passages / minMs) * 1000, median: (passages / medianMs) * 1000 },
      minutesFor100000: (medianMs * 100_000) / passages / 60_000,
      ratioToOurs: minMs / oursBest,
      rounds: times.length,
      ...(memory !== undefined && { peakMemoryMiB: Math.round(memory / 2 ** 20) }),
      cosines: compareVectors(vectors, reference.vectors),
    };
  });
}
