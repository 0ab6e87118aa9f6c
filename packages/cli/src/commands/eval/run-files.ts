import { type FileHandle, open } from 'node:fs/promises';
import { RetrievalError } from '@secondpass/core';
import { type ScoredPassage, trecRunLines } from '@secondpass/evaluation';

export interface RunFiles {
  readonly paths: readonly [stage1: string, stage2: string];
  write(query: string, stage1: readonly ScoredPassage[], stage2: readonly ScoredPassage[]): Promise<void>;
  close(): Promise<void>;
}

/** Opens `PREFIX.stage-1.run` and `PREFIX.stage-2.run`. The first answer overwrites them. @throws RetrievalError */
export async function openRunFiles(prefix: string): Promise<RunFiles> {
  const paths = [`${prefix}.stage-1.run`, `${prefix}.stage-2.run`] as const;
  const handles: FileHandle[] = [];
  try {
    for (const path of paths) handles.push(await open(path, 'a'));
  } catch (error) {
    for (const handle of handles) await handle.close();
    throw notWritable(prefix, error);
  }
  let emptied: Promise<unknown> | undefined;
  let last: Promise<unknown> = Promise.resolve();
  return {
    paths,
    write: async (query, stage1, stage2) => {
      // Make both texts before writing, so that an invalid id does not leave only one of them written.
      const texts = [trecRunLines(query, stage1, 'stage-1'), trecRunLines(query, stage2, 'stage-2')];
      const written = last.then(async () => {
        emptied ??= Promise.all(handles.map((handle) => handle.truncate()));
        await emptied;
        await Promise.all(handles.map((handle, index) => append(handle, texts[index]!, paths[index]!)));
      });
      // One after the other: a long text may be written in pieces, and another query's must not come between them.
      last = written.catch(() => {});
      await written;
    },
    close: async () => void (await Promise.all(handles.map((handle) => handle.close()))),
  };
}

async function append(handle: FileHandle, text: string, path: string): Promise<void> {
  if (text === '') return;
  await handle.appendFile(text).catch((error) => Promise.reject(notWritable(path, error)));
}

function notWritable(path: string, cause: unknown): RetrievalError {
  return new RetrievalError({
    code: 'invalid-options',
    origin: '--run-out',
    problem: `${path} cannot be written (${(cause as NodeJS.ErrnoException).code}).`,
    nextStep: 'Name a path prefix in a writable folder.',
    cause,
  });
}
