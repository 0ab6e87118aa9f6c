import { createReadStream } from 'node:fs';
import {
  type Judgments,
  type MeasuredRun,
  measureRun,
  type QueryRanking,
  readRun,
  type ScoredPassage,
  sampleQueries,
  trecOrder,
} from '@secondpass/evaluation';
import type { CommandContext } from '../../command-context.ts';
import { readQrels } from '../../corpus/collection.ts';
import { inputError } from '../../corpus/input-error.ts';
import { describe } from '../../corpus/json-line.ts';
import { readLines } from '../../corpus/lines.ts';
import { type EvalFlags, type EvalTask, readMeasures } from './eval-flags.ts';
import type { Measured, NamedRun } from './eval-report.ts';

type RunsTask = Extract<EvalTask, { kind: 'runs' }>;

/** Measures run files. */
export async function evaluateRuns(
  flags: EvalFlags,
  task: RunsTask,
  { terminal, signal }: CommandContext,
): Promise<Measured> {
  const measures = readMeasures(flags.measures);
  const { judgments } = await readQrels(task.qrels);
  const all = [...judgments.keys()];
  const queries = flags.queries === undefined ? all : sampleQueries(all, flags.queries, flags.seed);
  const runs: NamedRun[] = [];
  for (const name of task.runs) {
    terminal.say(`Reading ${name} …`);
    const overlap = { passages: false, query: '', passage: '' };
    const rankings = watched(
      readRun(readLines(createReadStream(name), name), name),
      judgments,
      overlap,
      flags.topK,
    );
    const { relevanceLevel } = flags;
    const measured = await measureRun(until(signal, rankings), judgments, measures, { relevanceLevel });
    refuseStrange(name, task.qrels, judgments, measured, overlap);
    runs.push({ name, measured });
  }
  return {
    head: { qrels: task.qrels, ...(flags.topK !== undefined && { topK: flags.topK }) },
    judgments,
    measures,
    queries,
    wanted: queries.length,
    runs,
    warnings: [],
  };
}

/** Whether a run and its judgments share any ids; found while the run is read. */
interface Overlap {
  passages: boolean;
  /** The first query of the run, and one of its passages. */
  query: string;
  passage: string;
}

async function* watched(
  rankings: AsyncIterable<QueryRanking>,
  judgments: Judgments,
  overlap: Overlap,
  topK = Infinity,
): AsyncGenerator<QueryRanking> {
  for await (const one of rankings) {
    overlap.query ||= one.query;
    overlap.passage ||= one.ranking[0]!.id;
    const judged = judgments.get(one.query);
    overlap.passages ||= judged !== undefined && one.ranking.some(({ id }) => judged.has(id));
    yield topK === Infinity ? one : { ...one, ranking: firstOf(one.ranking, topK) };
  }
}

/** The best passages of a ranking, whatever the order of its lines. */
function firstOf(ranking: readonly ScoredPassage[], topK: number): readonly ScoredPassage[] {
  const kept = new Set(trecOrder(ranking).slice(0, topK));
  return ranking.filter(({ id }) => kept.has(id));
}

async function* until<T>(signal: AbortSignal, items: AsyncIterable<T>): AsyncGenerator<T> {
  for await (const item of items) {
    signal.throwIfAborted();
    yield item;
  }
}

function refuseStrange(
  run: string,
  qrels: string,
  judgments: Judgments,
  { perQuery }: MeasuredRun,
  overlap: Overlap,
): void {
  if (overlap.passages) return;
  const [query, grades] = judgments.entries().next().value!;
  const [passage] = grades.keys();
  const kind = perQuery.size === 0 ? 'query' : 'passage';
  const [inRun, inQrels] = kind === 'query' ? [overlap.query, query] : [overlap.passage, passage];
  throw inputError(
    run,
    `No ${kind} of the run is judged in ${qrels}: the run has ids such as ${describe(inRun)}, the judgments such as ${describe(inQrels)}.`,
    'Use a run and judgments of the same collection, with the same ids.',
  );
}
