import { stat } from 'node:fs/promises';
import type { Reranker } from '@secondpass/core';
import type { CommandContext } from '../../command-context.ts';
import { readDocumentsFile } from '../../documents-file.ts';
import { flagError } from '../../flag-error.ts';
import { count } from '../../output/count.ts';
import { startProgress } from '../../output/progress.ts';
import { openRerankerOf, type RerankerFlags } from '../open-reranker-of.ts';
import { countLines } from './count-lines.ts';
import { openJournal } from './journal.ts';
import { type Part, partOf } from './part.ts';
import { openPassageFile } from './passage-file.ts';
import { checkCount, type QueryToRerank, readQueriesToRerank } from './query-to-rerank.ts';
import { readRunToRerank } from './read-run-to-rerank.ts';
import { type JobCounts, rerankAll } from './rerank-all.ts';
import { type AnswerFormat, formatOf, writeAnswers } from './write-answers.ts';

export interface RerankQueriesFlags extends RerankerFlags {
  readonly queries: string;
  readonly run?: string;
  readonly documents?: string;
  readonly output: string;
  readonly format?: AnswerFormat;
  readonly part?: Part;
}

/**
 * `secondpass rerank --queries`: an offline job. The queries are streamed; what is done is kept in `OUTPUT.journal`, so that the same
 * command goes on after a crash. @returns the exit code: 1 where queries failed
 */
export async function rerankQueries(flags: RerankQueriesFlags, context: CommandContext): Promise<number> {
  const { terminal, signal } = context;
  const { queries, run, documents, output } = flags;
  const format = await checkOutput(flags);
  const total = await countLines(queries);
  const reranker = await openRerankerOf(flags, context);
  const closing: { close(): Promise<void> }[] = [reranker];
  try {
    const journal = await openJournal(`${output}.journal`, await jobOf(flags, reranker));
    closing.push(journal);
    const input = await openInput({ queries, run, documents }, signal, closing);
    const share = Math.ceil((total - (flags.part?.number ?? 1) + 1) / (flags.part?.of ?? 1));
    if (journal.done > 0) terminal.say(`${count(journal.done, 'query', 'queries')} done before; going on.`);
    const progress = startProgress(terminal, `Reranking ${count(share, 'query', 'queries')}`, share);
    const started = performance.now();
    const done = await rerankAll(
      partOf(input, flags.part),
      journal,
      { flags, reranker, signal },
      (queriesDone) => progress.update(queriesDone),
    ).finally(() => progress.end());
    const seconds = Math.round(performance.now() - started) / 1_000;
    await writeAnswers(output, format, journal.rows, reranker.name);
    await journal.remove();
    const answer = { output, ...done, seconds };
    if (terminal.json) terminal.answerJson(answer);
    else terminal.answer(summary(answer));
    return done.failed > 0 ? 1 : 0;
  } finally {
    await Promise.allSettled(closing.reverse().map((part) => part.close()));
  }
}

async function openInput(
  {
    queries,
    run,
    documents,
  }: { readonly queries: string; readonly run: string | undefined; readonly documents: string | undefined },
  signal: AbortSignal,
  closing: { close(): Promise<void> }[],
): Promise<AsyncIterable<QueryToRerank>> {
  if (run !== undefined) {
    const passages = await openPassageFile(documents!, signal);
    closing.push(passages);
    return readRunToRerank({ queries, run, passages });
  }
  if (documents === undefined) return readQueriesToRerank(queries);
  const shared = await readDocumentsFile(documents);
  checkCount(shared.length, documents);
  return readQueriesToRerank(
    queries,
    shared.map(({ id, text }, index) => ({ id: String(id ?? index), text })),
  );
}

async function checkOutput({ run, documents, output, ...flags }: RerankQueriesFlags): Promise<AnswerFormat> {
  if (run !== undefined && documents === undefined) {
    throw flagError(
      '--run',
      'A run names passages, and not their texts.',
      'Give their texts with --documents.',
    );
  }
  if (await stat(output).catch(() => undefined)) {
    throw flagError('--output', `${output} exists already.`, 'Remove it, or name another file.');
  }
  const format = flags.format ?? formatOf(output);
  if (format) return format;
  throw flagError(
    '--output',
    `The ending of ${output} names no format.`,
    'Use .jsonl, .run or .parquet, or say --format.',
  );
}

/** What an earlier start must have had in common with this one, so that its rows are these rows. */
async function jobOf(
  { queries, run, documents, topK, minScore, scoreScaling, part }: RerankQueriesFlags,
  reranker: Reranker,
) {
  const describe = async (file: string | undefined) =>
    file === undefined ? null : { file, bytes: (await stat(file)).size };
  return {
    queries: await describe(queries),
    run: await describe(run),
    documents: await describe(documents),
    reranker: reranker.fingerprint ?? reranker.name,
    topK: topK ?? null,
    minScore: minScore ?? null,
    scoreScaling: scoreScaling ?? null,
    part: part ? `${part.number}/${part.of}` : null,
  };
}

function summary({
  output,
  queries,
  pairs,
  degraded,
  failed,
  seconds,
}: JobCounts & { output: string; seconds: number }): string {
  const speed = seconds > 0 ? `, ${Math.round(pairs / seconds).toLocaleString('en')} pairs/s` : '';
  const lines = [
    `${output}: ${count(queries, 'query', 'queries')}, ${count(pairs, 'pair')} in ${seconds.toFixed(1)} s${speed}`,
  ];
  if (degraded > 0) lines.push(`${count(degraded, 'answer')} degraded: read "degraded" in the JSONL form.`);
  if (failed > 0) lines.push(`${count(failed, 'query', 'queries')} failed: see ${output}.failed.jsonl`);
  return lines.join('\n');
}
