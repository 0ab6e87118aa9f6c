import { verifyModels as verify } from '@secondpass/hub';
import type { CommandContext } from '../command-context.ts';
import { exitCode } from '../exit-code.ts';
import { openModelsProject } from './models-project.ts';

/** `secondpass models verify`: compares every cached file with its pinned digest; exit code 1 if one differs. */
export async function verifyModels(
  name: string | undefined,
  flags: { readonly config?: string },
  context: CommandContext,
): Promise<number> {
  const { terminal } = context;
  const project = await openModelsProject(flags, context);
  const models = await verify(name, project);
  const intact = models.every((model) => model.intact);
  if (terminal.json) terminal.answerJson({ lockFile: project.lockFile, intact, models });
  else {
    if (models.length === 0) terminal.say(`${project.lockFile} pins no model.`);
    for (const model of models) {
      terminal.answer(
        `${model.name}  ${model.commit.slice(0, 12)}  ${model.intact ? 'intact' : 'not intact'}`,
      );
      for (const { path, state } of model.files) if (state !== 'ok') terminal.answer(`  ${path} is ${state}`);
      if (!model.intact) terminal.say(`  → secondpass models add ${model.name} fetches what differs.`);
    }
  }
  return intact ? exitCode.done : exitCode.failed;
}
