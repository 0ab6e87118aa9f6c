import { type Precision, RetrievalError } from '@secondpass/core';
import { type AddedModel, addModel, type FetchProgress, readLockFile } from '@secondpass/hub';
import type { CommandContext } from '../command-context.ts';
import { count } from '../output/count.ts';
import { type Progress, startProgress } from '../output/progress.ts';
import type { Terminal } from '../output/terminal.ts';
import { type ModelsProject, openModelsProject } from './models-project.ts';

export interface ModelsAddFlags {
  readonly config?: string;
  readonly precision?: Precision;
  readonly include: readonly string[];
}

/** `secondpass models add`: fetches one model, or every model that the lock file pins. */
export async function addModels(
  written: string | undefined,
  { precision, include, ...flags }: ModelsAddFlags,
  context: CommandContext,
): Promise<void> {
  const { terminal } = context;
  const project = await openModelsProject(flags, context);
  const names = written === undefined ? await pinnedNames(project) : [written];
  const models: AddedModel[] = [];
  for (const name of names) {
    const progress = showProgress(name, terminal);
    try {
      models.push(await addModel(name, { ...project, precision, include, onProgress: progress.update }));
    } finally {
      progress.end();
    }
  }
  if (terminal.json) return terminal.answerJson({ lockFile: project.lockFile, models });
  for (const model of models) terminal.answer(describe(model));
}

async function pinnedNames({ lockFile }: ModelsProject): Promise<readonly string[]> {
  const names = Object.keys(await readLockFile(lockFile));
  if (names.length > 0) return names;
  throw new RetrievalError({
    code: 'invalid-options',
    origin: 'models add',
    problem: `No model is given, and ${lockFile} pins none.`,
    nextStep: 'Name one: secondpass models add organization/name',
  });
}

/** Shows a progress bar only if something is fetched; for a cached model, the answer says so. */
function showProgress(name: string, terminal: Terminal) {
  let bar: Progress | undefined;
  return {
    update: ({ doneBytes, totalBytes }: FetchProgress) => {
      bar ??= startProgress(terminal, `Fetching ${name}, MB`, toMegabytes(totalBytes));
      bar.update(toMegabytes(doneBytes));
    },
    end: () => bar?.end(),
  };
}

function describe({ name, revision, commit, files, bytes, fetchedBytes }: AddedModel): string {
  const came = fetchedBytes === 0 ? 'already in the cache' : `${toMegabytes(fetchedBytes)} MB fetched`;
  const at = revision === commit ? '' : `${revision} = `;
  return `${name}  ${at}${commit.slice(0, 12)}  ${count(files, 'file')}, ${toMegabytes(bytes)} MB, ${came}`;
}

function toMegabytes(bytes: number): number {
  return Math.round(bytes / 1e5) / 10;
}
