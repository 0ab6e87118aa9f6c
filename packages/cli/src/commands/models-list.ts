import { readLockFile } from '@secondpass/hub';
import type { CommandContext } from '../command-context.ts';
import { openModelsProject } from './models-project.ts';

/** `secondpass models list`: shows the pinned models, without checking the cache. */
export async function listModels(
  flags: { readonly config?: string },
  context: CommandContext,
): Promise<void> {
  const { terminal } = context;
  const { lockFile } = await openModelsProject(flags, context);
  const models = Object.entries(await readLockFile(lockFile)).map(
    ([name, { revision, commit, graphs, files }]) => ({
      name,
      revision,
      commit,
      graphs,
      files: Object.keys(files).length,
      bytes: Object.values(files).reduce((sum, { bytes }) => sum + bytes, 0),
    }),
  );
  if (terminal.json) return terminal.answerJson({ lockFile, models });
  if (models.length === 0) terminal.say(`${lockFile} pins no model.`);
  for (const { name, revision, commit, graphs, bytes } of models) {
    const megabytes = (bytes / 1e6).toFixed(1);
    terminal.answer(
      `${name}  ${revision}  ${commit.slice(0, 12)}  ${Object.keys(graphs).join('+')}  ${megabytes} MB`,
    );
  }
}
