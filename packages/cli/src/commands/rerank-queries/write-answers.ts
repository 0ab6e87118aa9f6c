import { open, rename, rm } from 'node:fs/promises';
import { RetrievalError } from '@secondpass/core';
import { stringifyJson } from '@secondpass/core/extend';
import { trecRunLines } from '@secondpass/evaluation';
import type { JournalRow, RerankedHit } from './journal.ts';

export const answerFormats = ['jsonl', 'trec', 'parquet'] as const;
export type AnswerFormat = (typeof answerFormats)[number];

/** By the ending of a file's name. */
export function formatOf(path: string): AnswerFormat | undefined {
  const [, ending = ''] = /\.([a-z]+)$/i.exec(path) ?? [];
  const formats: Record<string, AnswerFormat> = {
    jsonl: 'jsonl',
    run: 'trec',
    trec: 'trec',
    parquet: 'parquet',
  };
  return formats[ending.toLowerCase()];
}

type Answer = Required<Pick<JournalRow, 'hits'>> & Pick<JournalRow, 'degraded'> & { readonly query: string };
type Answers = AsyncIterable<Answer>;

/**
 * Writes the hits of a job's queries, and its failures into `PATH.failed.jsonl` where there are any. Each file appears when it is complete.
 *
 * @param name the run's, in the last column of TREC's form
 * @throws RetrievalError `invalid-options` where an id cannot be written in the format, or the disk is full
 */
export async function writeAnswers(
  path: string,
  format: AnswerFormat,
  rows: () => AsyncGenerator<JournalRow>,
  name: string,
): Promise<void> {
  const writers = {
    jsonl: (to: string) => writeLines(to, answersOf(rows()), (row) => `${stringifyJson(row)}\n`),
    trec: (to: string) =>
      writeLines(to, answersOf(rows()), ({ query, hits }) => trecRunLines(query, byRawScore(hits), name)),
    parquet: (to: string) => writeParquet(to, answersOf(rows())),
  };
  await complete(path, writers[format]);
  const failed = `${path}.failed.jsonl`;
  if (await hasFailures(rows())) {
    await complete(failed, (to) => writeLines(to, failuresOf(rows()), (row) => `${stringifyJson(row)}\n`));
  } else await rm(failed, { force: true });
}

async function complete(path: string, write: (to: string) => Promise<void>): Promise<void> {
  const unfinished = `${path}.unfinished`;
  try {
    await write(unfinished);
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    if (error instanceof RetrievalError) throw error;
    throw new RetrievalError({
      code: 'invalid-options',
      origin: '--output',
      problem: `${path} cannot be written (${(error as NodeJS.ErrnoException).code ?? (error as Error).message}).`,
      nextStep: 'Make room, then run the same command again: what is reranked already is kept.',
      cause: error,
    });
  }
}

function byRawScore(hits: readonly RerankedHit[]) {
  return hits.map(({ id, rawScore }) => ({ id, score: rawScore }));
}

async function* answersOf(rows: AsyncIterable<JournalRow>): Answers {
  for await (const { query, hits, degraded } of rows) {
    if (query !== null && hits) yield { query, hits, ...(degraded && { degraded }) };
  }
}

async function* failuresOf(rows: AsyncIterable<JournalRow>): AsyncGenerator<object> {
  for await (const { query, failure } of rows) if (failure) yield { query, ...failure };
}

async function hasFailures(rows: AsyncIterable<JournalRow>): Promise<boolean> {
  for await (const _ of failuresOf(rows)) return true;
  return false;
}

async function writeLines<T>(
  path: string,
  rows: AsyncIterable<T>,
  toLines: (row: T) => string,
): Promise<void> {
  const handle = await open(path, 'w');
  try {
    for await (const row of rows) await handle.appendFile(toLines(row));
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const rowsPerGroup = 100_000;

/** One row for each hit: query, rank, id, score, raw_score. */
async function writeParquet(path: string, answers: Answers): Promise<void> {
  // Loaded here: only this format needs it.
  const { fileWriter, ParquetWriter } = await import('hyparquet-writer');
  const writer = new ParquetWriter({
    writer: fileWriter(path),
    schema: [
      { name: 'hits', num_children: 5 },
      { name: 'query', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
      { name: 'rank', type: 'INT32', repetition_type: 'REQUIRED' },
      { name: 'id', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
      { name: 'score', type: 'DOUBLE', repetition_type: 'REQUIRED' },
      { name: 'raw_score', type: 'DOUBLE', repetition_type: 'REQUIRED' },
    ],
  });
  let group: (RerankedHit & { readonly query: string })[] = [];
  const flush = async (): Promise<void> => {
    if (group.length === 0) return;
    const column = <K extends keyof (typeof group)[number]>(name: string, key: K) => ({
      name,
      data: group.map((hit) => hit[key]),
    });
    await writer.write({
      columnData: [
        column('query', 'query'),
        column('rank', 'rank'),
        column('id', 'id'),
        column('score', 'score'),
        column('raw_score', 'rawScore'),
      ],
      rowGroupSize: rowsPerGroup,
    });
    group = [];
  };
  for await (const { query, hits } of answers) {
    for (const hit of hits) group.push({ query, ...hit });
    if (group.length >= rowsPerGroup) await flush();
  }
  await flush();
  await writer.finish();
}
