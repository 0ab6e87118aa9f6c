import { type Ranking, RetrievalError, type TwoStageRetriever } from '@secondpass/core';
import {
  type Judgments,
  type Measure,
  type MeasuredRun,
  type MeasureOptions,
  measureOrder,
  type ScoredPassage,
} from '@secondpass/evaluation';
import type { JudgedQuery } from '../../corpus/read-queries.ts';
import type { SearchScope } from '../../search-scope.ts';
import { Incidents } from './incidents.ts';
import type { RunFiles } from './run-files.ts';

export interface AskRequest {
  readonly retriever: Pick<TwoStageRetriever, 'retrieve'>;
  readonly scope?: SearchScope;
  /** Only queries with judgments. */
  readonly queries: AsyncIterable<JudgedQuery>;
  readonly judgments: Judgments;
  readonly measures: readonly Measure[];
  readonly options: MeasureOptions;
  readonly topK: number;
  readonly concurrency: number;
  readonly runFiles: RunFiles | undefined;
  readonly onProgress: (done: number) => void;
  readonly signal: AbortSignal;
}

/** What is kept of all answers: a few numbers per query, no rankings. */
export interface Answers {
  readonly stage1: MeasuredRun;
  readonly stage2: MeasuredRun;
  /** Weight of stage 1 in the order; absent if only stage 2 decided the order. */
  readonly blend: number | undefined;
  /** Milliseconds of each answer. */
  readonly latency: Readonly<Record<Stage, readonly number[]>>;
  readonly degraded: Incidents;
  readonly failed: Incidents;
  /** Queries that were answered or failed; without those that an interruption cut off. */
  readonly asked: ReadonlySet<string>;
  /** An id that stage 1 returned, if no passage of any answer has a judgment. */
  readonly strangeId: string | undefined;
  /** Whether all answers were empty. */
  readonly foundNothing: boolean;
}

export const stages = ['embed', 'search', 'rerank', 'total'] as const;
export type Stage = (typeof stages)[number];

/** After this many failures without any answer, the evaluation stops: the next queries would fail too. */
const patience = 10;

/**
 * Asks every query and measures both stages. A failed query is counted, and the others continue. An interruption
 * returns the measurements so far.
 *
 * @throws RetrievalError the last failure, if no query at all is answered
 */
export async function askQueries(request: AskRequest): Promise<Answers> {
  const { queries, measures, concurrency, onProgress, signal } = request;
  const stage1 = new Map<string, readonly number[]>();
  const stage2 = new Map<string, readonly number[]>();
  const latency: Record<Stage, number[]> = { embed: [], search: [], rerank: [], total: [] };
  const degraded = new Incidents();
  const failed = new Incidents();
  const asked = new Set<string>();
  let lastFailure: unknown;
  let strangeId: string | undefined;
  let anyJudged = false;
  let blend: number | undefined;

  const ask = async ({ id, text }: JudgedQuery): Promise<void> => {
    let ranking: Ranking;
    try {
      ranking = await request.retriever.retrieve(text, { ...request.scope, signal });
    } catch (error) {
      if (signal.aborted) return;
      asked.add(id);
      failed.add(reasonOf(error), id);
      lastFailure = error;
      onProgress(asked.size);
      if (stage1.size === 0 && asked.size >= patience) throw error;
      return;
    }
    const judged = request.judgments.get(id)!;
    const lists = bothStages(ranking, request.topK);
    const measure = (list: readonly ScoredPassage[]) =>
      measureOrder(
        list.map((passage) => passage.id),
        judged,
        measures,
        request.options,
      );
    stage1.set(id, measure(lists.stage1));
    stage2.set(id, measure(lists.stage2));
    asked.add(id);
    for (const stage of stages) latency[stage].push(ranking.timings[`${stage}Ms`]);
    if (ranking.degraded) degraded.add(`${ranking.degraded.stage}: ${ranking.degraded.reason}`, id);
    blend ??= ranking.blend;
    anyJudged ||= lists.stage1.some((passage) => judged.has(passage.id));
    strangeId ??= lists.stage1[0]?.id;
    await request.runFiles?.write(id, lists.stage1, lists.stage2);
    onProgress(asked.size);
  };
  // All workers share one iterator: each takes the next query. If one throws, the iterator ends for all.
  const iterator = queries[Symbol.asyncIterator]();
  const shared = { [Symbol.asyncIterator]: () => iterator };
  const workers = Array.from({ length: concurrency }, async () => {
    for await (const query of shared) {
      if (signal.aborted) return;
      await ask(query);
    }
  });
  const broken = (await Promise.allSettled(workers)).find((outcome) => outcome.status === 'rejected');
  if (broken) throw broken.reason;
  if (stage1.size === 0 && lastFailure !== undefined) throw lastFailure;
  const runOf = (perQuery: MeasuredRun['perQuery']): MeasuredRun => ({
    measures,
    perQuery,
    unjudgedQueries: 0,
  });
  return {
    stage1: runOf(stage1),
    stage2: runOf(stage2),
    blend,
    latency,
    degraded,
    failed,
    asked,
    strangeId: anyJudged ? undefined : strangeId,
    foundNothing: stage1.size > 0 && strangeId === undefined,
  };
}

/** The rankings of both stages. The hits of stage 2 contain every candidate, so they also give stage 1's order. */
function bothStages({ hits }: Ranking, topK: number) {
  const stage1 = hits
    .map(({ candidate }) => candidate)
    .sort((a, b) => a.rank - b.rank)
    .slice(0, topK)
    .map(({ id, score }) => ({ id, score }));
  const stage2 = hits.slice(0, topK).map(({ candidate, score, rawScore, blended }) => ({
    id: candidate.id,
    score: blended ?? rawScore ?? score,
  }));
  return { stage1, stage2 };
}

function reasonOf(error: unknown): string {
  if (RetrievalError.is(error)) return `${error.origin}: ${error.problem}`;
  return error instanceof Error ? error.message : String(error);
}
