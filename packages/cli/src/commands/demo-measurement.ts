import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TwoStageRetriever } from '@secondpass/core';
import { compareRuns, type MeasuredRun, meansOf, measureOrder, parseMeasure } from '@secondpass/evaluation';
import type { CommandContext } from '../command-context.ts';
import { startProgress } from '../output/progress.ts';
import type { JudgedSet } from './demo-judged-set.ts';

/** The effect of reranking on the judged questions; means over them. */
export interface DemoMeasurement {
  readonly questions: number;
  readonly depth: number;
  readonly stage1: MeanMeasures;
  readonly stage2: MeanMeasures;
  /** Questions that got better, by nDCG@10. */
  readonly wins: number;
  readonly losses: number;
  readonly ties: number;
  /** Two-sided p-value of the difference in nDCG@10. */
  readonly pValue: number;
}

export interface MeanMeasures {
  readonly 'nDCG@10': number;
  readonly 'MRR@10': number;
}

export interface DemoMeasurementRequest {
  readonly judged: JudgedSet;
  /** A retriever whose `topK` equals its depth. */
  readonly retriever: TwoStageRetriever;
  readonly depth: number;
  /** Folder of the index; the measurement is stored there too. */
  readonly folder: string;
  /** Changes with the index and the reranker. */
  readonly digest: string;
  readonly context: CommandContext;
}

const measures = [parseMeasure('ndcg_cut_10'), parseMeasure('recip_rank_cut_10')];

/** Measures all judged questions. The result is kept: the same index, models and depth give the same answers. */
export async function measureDemo(request: DemoMeasurementRequest): Promise<DemoMeasurement> {
  const { judged, depth, folder, digest } = request;
  const path = join(folder, 'measured.json');
  const key = createHash('sha256').update(`${digest} ${judged.digest} ${depth}`).digest('hex');
  const kept = await readFile(path, 'utf8')
    .then((text) => JSON.parse(text) as { key: string; measurement: DemoMeasurement })
    .catch(() => undefined);
  if (kept?.key === key) return kept.measurement;
  const measurement = await askAll(request);
  await writeFile(path, JSON.stringify({ key, measurement }));
  return measurement;
}

async function askAll({
  judged,
  retriever,
  depth,
  context: { terminal, signal },
}: DemoMeasurementRequest): Promise<DemoMeasurement> {
  const { questions } = judged;
  const progress = startProgress(terminal, `Asking ${questions.length} judged questions`, questions.length);
  const [before, after] = [new Map<string, readonly number[]>(), new Map<string, readonly number[]>()];
  try {
    for (const [index, { id, text, judgments }] of questions.entries()) {
      const { hits } = await retriever.retrieve(text, { depth, topK: depth, signal });
      const ids = hits.map(({ candidate }) => candidate.id);
      const stage1 = hits
        .toSorted((a, b) => a.candidate.rank - b.candidate.rank)
        .map((hit) => hit.candidate.id);
      before.set(id, measureOrder(stage1, judgments, measures));
      after.set(id, measureOrder(ids, judgments, measures));
      progress.update(index + 1);
    }
  } finally {
    progress.end();
  }
  const ids = questions.map(({ id }) => id);
  const runOf = (perQuery: MeasuredRun['perQuery']): MeasuredRun => ({
    measures,
    perQuery,
    unjudgedQueries: 0,
  });
  const [baseline, run] = [runOf(before), runOf(after)];
  const [byNdcg] = await compareRuns({ baseline, run, queries: ids, signal });
  const { wins, losses, ties, pValue } = byNdcg!;
  const meanOf = (one: MeasuredRun): MeanMeasures => {
    const [ndcg, reciprocalRank] = meansOf(one, ids);
    return { 'nDCG@10': ndcg!, 'MRR@10': reciprocalRank! };
  };
  return {
    questions: questions.length,
    depth,
    stage1: meanOf(baseline),
    stage2: meanOf(run),
    wins,
    losses,
    ties,
    pValue,
  };
}
