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
import { compileWasmOnce, createDemoDatabase } from './create-demo-database.ts';

/** The state file next to the index; it identifies the index later. */
interface IndexState {
  /** Changes with the corpus, the model and the layout of the index. */
  readonly digest: string;
  /** `creating` until the database has started once, `filling` until it holds every passage, then `whole`. */
  readonly phase: 'creating' | 'filling' | 'whole';
}

/** Increase this when older indexes can no longer be read. */
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

/** Opens the demo's index. Builds it if it is absent or of another corpus or model; finishes an interrupted one. */
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

/** Locks the folder. Do this before reading the state, which another demo could change. */
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
    problem: 'This folder is already open in another demo.',
    nextStep: 'Wait until that demo has ended, or name another folder with --data.',
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
  // Delete a half-created database, and an index of another corpus or model.
  if (state && (state.digest !== digest || state.phase === 'creating'))
    await rm(database, { recursive: true, force: true });
  const kept = state?.digest === digest && state.phase !== 'creating';
  compileWasmOnce();
  if (!kept) {
    await writeState(folder, { digest, phase: 'creating' });
    await createDemoDatabase(database, signal);
  }

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
          ? `Stopped after ${lastDone} of ${passages}; the next run continues from there.`
          : undefined,
      );
      throw error;
    });
    if (unchanged > 0)
      terminal.say(`${unchanged.toLocaleString('en')} of them were already there from an interrupted run.`);
    await writeState(folder, { digest, phase: 'whole' });
    return { ...opened, digest, reused: false };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** @throws RetrievalError if the folder holds other files than the demo's */
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
    throw refuseFolder(folder, "holds files that are not the demo's");
  return undefined;
}

/** Writes the state atomically: a crash leaves the old file or the new one. */
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
