import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Embedder, indexDocuments, RetrievalError } from '@secondpass/core';
import { closable, takeFileLock } from '@secondpass/core/extend';
import type { OpenSource } from '../adapters/adapter.ts';
import { pgvectorAdapter } from '../adapters/pgvector.ts';
import type { CommandContext } from '../command-context.ts';
import type { Corpus } from '../corpus/corpus.ts';
import { count } from '../output/count.ts';
import { startProgress } from '../output/progress.ts';
import { seconds } from '../output/timings-line.ts';

/** What is written next to the index, to know it again. */
interface IndexState {
  /** Changes with the corpus, the model and the layout of the index. */
  readonly digest: string;
  /** `creating` until the database has started once, `filling` until every passage is in, then `whole`. */
  readonly phase: 'creating' | 'filling' | 'whole';
}

/** Raised when an older index can no longer be read. */
const layout = 1;
const stateFile = 'demo.json';
const lockFile = '.demo.lock';

export interface DemoIndexRequest {
  readonly folder: string;
  readonly corpus: Corpus;
  readonly embedder: Embedder;
  /** Changes with the model's files. */
  readonly modelDigest: string;
  readonly context: CommandContext;
}

export interface DemoIndex extends OpenSource {
  readonly reused: boolean;
  /** Changes with the corpus and the model. */
  readonly digest: string;
}

/** Opens the demo's index; builds it where it is absent or stands for something else, and finishes one that was interrupted. */
export async function openDemoIndex(request: DemoIndexRequest): Promise<DemoIndex> {
  const unlock = await lockFolder(request.folder);
  try {
    const index = await openLockedIndex(request);
    return closable({ ...index, close: () => index.close().finally(unlock) });
  } catch (error) {
    unlock();
    throw error;
  }
}

/** Before the state is read: what it says of the database is true only as long as no other demo works on it. */
async function lockFolder(folder: string): Promise<() => void> {
  const unlock = await mkdir(folder, { recursive: true })
    .then(() => takeFileLock(join(folder, lockFile)))
    .catch((error: NodeJS.ErrnoException) => {
      throw refuseFolder(folder, `cannot be used (${error.code})`, error);
    });
  if (unlock) return unlock;
  throw new RetrievalError({
    code: 'source-failed',
    origin: folder,
    problem: 'This folder is open already, in another demo.',
    nextStep: 'Wait until that one has ended, or name another folder with --data.',
  });
}

async function openLockedIndex({
  folder,
  corpus,
  embedder,
  modelDigest,
  context,
}: DemoIndexRequest): Promise<DemoIndex> {
  const { terminal, signal } = context;
  const digest = createHash('sha256').update(`${layout} ${corpus.digest} ${modelDigest}`).digest('hex');
  const state = await readState(folder);
  const database = join(folder, 'postgres');
  // A folder whose first start was cut short holds half a database, and an index of something else answers wrongly.
  if (state && (state.digest !== digest || state.phase === 'creating'))
    await rm(database, { recursive: true, force: true });
  const kept = state?.digest === digest && state.phase !== 'creating';
  if (!kept) await writeState(folder, { digest, phase: 'creating' });

  const opened = await pgvectorAdapter.open({
    directory: database,
    table: 'passages',
    name: 'embedded pgvector',
  });
  try {
    if (kept && state.phase === 'whole') return { ...opened, digest, reused: true };
    await writeState(folder, { digest, phase: 'filling' });
    const started = performance.now();
    const passages = count(corpus.size, 'passage');
    const progress = startProgress(terminal, `Embedding ${passages}`, corpus.size);
    let lastDone = 0;
    const { unchanged } = await indexDocuments({
      documents: corpus.documents(),
      embedder,
      writer: {
        ...opened.writer,
        finish: async (options) => {
          progress.end(`Embedded ${passages} in ${seconds(performance.now() - started)}`);
          terminal.say('Building the HNSW index …');
          await opened.writer.finish(options);
        },
      },
      batchSize: 32,
      onProgress: ({ done }) => {
        lastDone = done;
        progress.update(done);
      },
      signal,
    }).catch((error) => {
      progress.end(
        lastDone > 0
          ? `Stopped after ${lastDone} of ${passages}; the next run goes on from there.`
          : undefined,
      );
      throw error;
    });
    if (unchanged > 0)
      terminal.say(`${unchanged.toLocaleString('en')} of them were there from an interrupted run.`);
    await writeState(folder, { digest, phase: 'whole' });
    return { ...opened, digest, reused: false };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** @throws RetrievalError when the folder holds something that is not a demo's */
async function readState(folder: string): Promise<IndexState | undefined> {
  const text = await readFile(join(folder, stateFile), 'utf8').catch(() => undefined);
  if (text !== undefined) {
    try {
      return JSON.parse(text) as IndexState;
    } catch {
      return { digest: '', phase: 'creating' };
    }
  }
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    throw refuseFolder(folder, `cannot be used (${error.code})`, error);
  });
  if (entries.some((entry) => entry !== lockFile))
    throw refuseFolder(folder, 'holds files that are not of the demo');
  return undefined;
}

/** Whole or not at all, also when the process dies in the middle. */
async function writeState(folder: string, state: IndexState): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    const path = join(folder, stateFile);
    await writeFile(`${path}.new`, JSON.stringify(state));
    await rename(`${path}.new`, path);
  } catch (error) {
    throw refuseFolder(folder, `cannot be written (${(error as NodeJS.ErrnoException).code})`, error);
  }
}

function refuseFolder(folder: string, problem: string, cause?: unknown): RetrievalError {
  return new RetrievalError({
    code: 'invalid-options',
    origin: folder,
    problem: `This folder ${problem}.`,
    nextStep: 'Name a new or empty folder with --data.',
    cause,
  });
}
