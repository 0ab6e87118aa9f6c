import { Command, Option } from 'commander';
import type { RunCommand } from '../run-command.ts';
import type { ModelsAddFlags } from './models-add.ts';

interface SharedFlags {
  readonly json?: true;
  readonly config?: string;
}

/** The flags of `secondpass models …`. */
export function modelsCommand(run: RunCommand): Command {
  const models = new Command('models').description(
    'fetch models from a hub into the cache of Hugging Face’s tools, pinned in secondpass.lock.json',
  );
  const shared = (name: string, description: string) =>
    models
      .command(name)
      .description(description)
      .option(
        '--config <file>',
        'use the lock file next to this configuration (default: in the current folder)',
      )
      .option('--json', 'answer as JSON');

  shared(
    'add [name]',
    'fetch organization/name or organization/name@revision; without a name, all pinned models',
  )
    .addOption(
      new Option('--precision <precision>', 'which graph (default: fp32 if there is one)').choices([
        'fp32',
        'int8',
      ]),
    )
    .option('--include <path>', 'another file of the repository; may be repeated', collect, [])
    .action((name: string | undefined, { json, ...flags }: SharedFlags & ModelsAddFlags) =>
      run(json === true, async (context) =>
        (await import('./models-add.ts')).addModels(name, flags, context),
      ),
    );
  shared('list', 'show the pinned models').action(({ json, ...flags }: SharedFlags) =>
    run(json === true, async (context) => (await import('./models-list.ts')).listModels(flags, context)),
  );
  shared('verify [name]', 'compare every cached file with its pinned digest').action(
    (name: string | undefined, { json, ...flags }: SharedFlags) =>
      run(json === true, async (context) =>
        (await import('./models-verify.ts')).verifyModels(name, flags, context),
      ),
  );
  shared('remove <name>', 'remove a model from the lock file')
    .option('--purge', 'also delete its files from the cache, which other projects may use')
    .action((name: string, { json, ...flags }: SharedFlags & { readonly purge?: boolean }) =>
      run(json === true, async (context) =>
        (await import('./models-remove.ts')).removeModel(name, flags, context),
      ),
    );
  return models.addHelpText(
    'after',
    `\nExamples:\n  secondpass models add BAAI/bge-reranker-base\n  secondpass models add cross-encoder/ms-marco-MiniLM-L6-v2@main --precision int8\n  secondpass models add        every pinned model, as on another machine\n\nHF_ENDPOINT, HF_TOKEN, HF_HOME, HF_HUB_CACHE, HF_HUB_OFFLINE and HTTPS_PROXY are respected.`,
  );
}

function collect(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, value];
}
