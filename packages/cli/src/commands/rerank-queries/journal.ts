import { createReadStream } from 'node:fs';
import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import { type Degradation, RetrievalError } from '@secondpass/core';
import { parseJson, stringifyJson, takeFileLock } from '@secondpass/core/extend';
import { readLines } from '../../corpus/lines.ts';

/** What one query of the job came to. */
export interface JournalRow {
  readonly query: string | null;
  readonly hits?: readonly RerankedHit[];
  /** Where the scores are not what the reranker would give in full. */
  readonly degraded?: readonly Degradation[];
  readonly failure?: {
    readonly where: string;
    readonly code: string;
    readonly problem: string;
    readonly nextStep: string;
  };
}

export interface RerankedHit {
  /** From 1. */
  readonly rank: number;
  readonly id: string;
  /** In [0, 1]. */
  readonly score: number;
  /** The model's own number. */
  readonly rawScore: number;
}

/** What is done so far: one JSON row for each query, in the job's order, after a row that says which job it is. */
export interface Journal {
  /** Queries that an earlier start has done. */
  readonly done: number;
  append(row: JournalRow): Promise<void>;
  rows(): AsyncGenerator<JournalRow>;
  close(): Promise<void>;
  remove(): Promise<void>;
}

/**
 * Opens the journal at a path, or begins one. A row that was cut by a crash is removed.
 *
 * @param job all that decides about the answers; an earlier start has to have had the same
 * @throws RetrievalError `invalid-options` for the journal of another job, one that is in use, or a path that cannot be written
 */
export async function openJournal(path: string, job: object): Promise<Journal> {
  const unlock = await takeFileLock(`${path}.lock`).catch((error) =>
    Promise.reject(notWritable(path, error)),
  );
  if (!unlock) {
    throw new RetrievalError({
      code: 'invalid-options',
      origin: '--output',
      problem: `Another process works on ${path}.`,
      nextStep: 'Wait for it, or give each part of the job an --output of its own.',
    });
  }
  let handle: FileHandle | undefined;
  try {
    const opened = await open(path, 'a+').catch((error) => Promise.reject(notWritable(path, error)));
    handle = opened;
    const { rows, bytes, head } = await readWhole(path);
    await opened.truncate(bytes);
    const wanted = stringifyJson(job);
    if (head === undefined) await opened.appendFile(`${wanted}\n`);
    else if (head !== wanted) throw otherJob(path, head, wanted);
    const close = once(() => opened.close().finally(unlock));
    return {
      done: rows,
      append: (row) => append(opened, path, row),
      rows: () => readRows(path),
      close,
      remove: async () => {
        await close();
        await rm(path, { force: true });
      },
    };
  } catch (error) {
    await handle?.close();
    unlock();
    throw error;
  }
}

async function append(handle: FileHandle, path: string, row: JournalRow): Promise<void> {
  await handle
    .appendFile(`${stringifyJson(row)}\n`)
    .catch((error) => Promise.reject(notWritable(path, error)));
}

/** Counts the whole rows, and their bytes. */
async function readWhole(path: string) {
  const { size } = await stat(path);
  let rows = -1;
  let bytes = 0;
  let head: string | undefined;
  for await (const line of readLines(createReadStream(path), path)) {
    const end = line.start + line.bytes + 1;
    // The last row has no line break where it was cut.
    if (end > size) break;
    head ??= line.text;
    rows += 1;
    bytes = end;
  }
  return { rows: Math.max(rows, 0), bytes, head };
}

async function* readRows(path: string): AsyncGenerator<JournalRow> {
  for await (const { number, text } of readLines(createReadStream(path), path)) {
    if (number > 1) yield parseJson(text) as JournalRow;
  }
}

function otherJob(path: string, found: string, wanted: string): RetrievalError {
  const [before, now] = [JSON.parse(found), JSON.parse(wanted)] as Record<string, unknown>[];
  const changed = Object.keys(now!).filter(
    (key) => JSON.stringify(before?.[key]) !== JSON.stringify(now![key]),
  );
  return new RetrievalError({
    code: 'invalid-options',
    origin: '--output',
    problem: `${path} holds a job that was begun with another ${changed.join(', ')}.`,
    nextStep: 'Go on with the same flags and files, remove that file, or name another --output.',
  });
}

function notWritable(path: string, cause: unknown): RetrievalError {
  return new RetrievalError({
    code: 'invalid-options',
    origin: '--output',
    problem: `${path} cannot be written (${(cause as NodeJS.ErrnoException).code ?? (cause as Error).message}).`,
    nextStep:
      'Name a file in a folder that exists, may be written and has room; what is done so far is kept.',
    cause,
  });
}

function once(action: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => (running ??= action());
}
