import { removeModel as remove } from '@secondpass/hub';
import type { CommandContext } from '../command-context.ts';
import { openModelsProject } from './models-project.ts';

/** `secondpass models remove`: removes a model from the lock file, and with `--purge` from the cache. */
export async function removeModel(
  name: string,
  { purge = false, ...flags }: { readonly config?: string; readonly purge?: boolean },
  context: CommandContext,
): Promise<void> {
  const { terminal } = context;
  const project = await openModelsProject(flags, context);
  await remove(name, { ...project, purge });
  if (terminal.json) return terminal.answerJson({ lockFile: project.lockFile, removed: name, purged: purge });
  terminal.answer(
    `${name} is no longer pinned.${purge ? ' Its files are deleted.' : ' Its files stay in the cache.'}`,
  );
}
