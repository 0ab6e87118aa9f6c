import { Command, Option } from 'commander';
import type { DemoFlags } from './commands/demo.ts';
import type { DoctorFlags } from './commands/doctor.ts';
import { evalCommand } from './commands/eval/eval-command.ts';
import type { IndexFlags } from './commands/index-corpus.ts';
import { initCommand } from './commands/init/init-command.ts';
import type { MigrateFlags } from './commands/migrate.ts';
import { modelsCommand } from './commands/models-command.ts';
import type { OptimizeFlags } from './commands/optimize.ts';
import { rerankCommand } from './commands/rerank-command.ts';
import type { SearchFlags } from './commands/search.ts';
import type { ServeFlags } from './commands/serve.ts';
import { tuneCommand } from './commands/tune/tune-command.ts';
import { integerFrom } from './integer-from.ts';
import { modelHelp } from './model-help.ts';
import type { RunCommand } from './run-command.ts';
import { filterOption, tenantOption } from './scope-options.ts';
import { blendOption, minScoreOption, scoreScalingOption } from './score-options.ts';

/** The flags of every command. Commands are imported when they run, so that `--help` waits for no model or database. */
export function commandLine(version: string, run: RunCommand): Command {
  const program = new Command('secondpass')
    .description(
      'Two-stage retrieval: rerank what your vector database returns. Search, index, migrate, evaluate, serve.',
    )
    .version(version)
    .showHelpAfterError('Run with --help to see all commands and flags.')
    .addHelpText(
      'after',
      `\nStart with:\n  secondpass demo        two-stage retrieval over real documents, without setup\n  secondpass doctor      check this machine, the models and the database\n  secondpass init        inspect your own database, and write a configuration\n\nExit codes: 0 done, 1 failed, 2 misused (flags, configuration or input), 130 interrupted.`,
    );

  program
    .command('demo')
    .description(
      'index documentation in an embedded PostgreSQL, ask questions, and show both stages side by side',
    )
    .option(
      '--corpus <path>',
      'folder of .md, .txt and .html files, or a .jsonl file (default: installed documentation)',
    )
    .addOption(
      new Option('--query <text>', 'question to ask; may be repeated')
        .argParser(collect)
        .default([], 'built-in questions'),
    )
    .option('--depth <n>', 'candidates that stage 1 returns', integerFrom(1, 10_000), 100)
    .option('--top-k <n>', 'hits shown for each question', integerFrom(1, 10_000), 5)
    .option('--data <folder>', 'folder of the index (default: .secondpass/demo-… here)')
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      examples('secondpass demo', 'secondpass demo --corpus ./docs --query "how are secrets rotated?"'),
    )
    .action(({ json, ...flags }: DemoFlags & JsonFlag) =>
      run(json === true, async (context) => (await import('./commands/demo.ts')).demo(flags, context)),
    );

  program.addCommand(rerankCommand(run));

  program
    .command('index')
    .description(
      'embed a corpus and write it to the configured source; run it again to continue or to update',
    )
    .requiredOption('--config <file>', 'secondpass.config.yaml, .json or .ts')
    .requiredOption('--corpus <path>', 'folder of .md, .txt and .html files, or a .jsonl file')
    .option('--json', 'answer as JSON')
    .addHelpText('after', examples('secondpass index --config secondpass.config.yaml --corpus ./docs'))
    .action(({ json, ...flags }: IndexFlags & JsonFlag) =>
      run(json === true, async (context) =>
        (await import('./commands/index-corpus.ts')).indexCorpus(flags, context),
      ),
    );

  program
    .command('search')
    .description('answer a query from the configured source with both stages')
    .requiredOption('--config <file>', 'secondpass.config.yaml, .json or .ts')
    .requiredOption('--query <text>', 'what to look for')
    .option(
      '--depth <n>',
      'candidates that stage 1 returns (default: the configured depth)',
      integerFrom(1, 10_000),
    )
    .option('--top-k <n>', 'hits to return (default: the configured topK)', integerFrom(1, 10_000))
    .addOption(minScoreOption())
    .addOption(scoreScalingOption())
    .addOption(blendOption())
    .option(
      '--latency-budget <ms>',
      'answer after this many milliseconds with the scores so far (default: the configured latencyBudgetMs)',
      integerFrom(1, 2_147_483_647),
    )
    .addOption(filterOption())
    .addOption(tenantOption())
    .option('--json', 'answer as JSON; always on if the output is not a terminal')
    .addHelpText(
      'after',
      examples(
        'secondpass search --config secondpass.config.yaml --query "reset a password"',
        `secondpass search --config secondpass.config.yaml --query "reset a password" --filter '{"field":"lang","eq":"en"}'`,
      ),
    )
    .action(({ json, ...flags }: SearchFlags & JsonFlag) =>
      run(json === true, async (context) => (await import('./commands/search.ts')).search(flags, context)),
    );

  program
    .command('serve')
    .description(
      'answer rerank, embedding and search requests over HTTP, as TEI, Cohere, Jina, Voyage and OpenAI do',
    )
    .option('--config <file>', 'what to serve, and for which keys (default: the bundled models)')
    .option('--host <address>', 'address to listen on; beyond loopback it needs keys (default: 127.0.0.1)')
    .option('--port <n>', '0 takes any free port (default: 8080)', integerFrom(0, 65_535))
    .addHelpText(
      'after',
      examples('secondpass serve', 'secondpass serve --config secondpass.serve.yaml --port 9000'),
    )
    .action((flags: ServeFlags) =>
      run(false, async (context) => (await import('./commands/serve.ts')).serve(flags, context)),
    );

  program
    .command('migrate')
    .description('copy an index with its vectors from one source to another; run it again to continue')
    .requiredOption('--from <file>', 'configuration of the source to read')
    .requiredOption('--to <file>', 'configuration of the source to fill')
    .option('--batch-size <n>', 'documents read and written at a time', integerFrom(1, 10_000), 500)
    .option('--json', 'answer as JSON')
    .addHelpText('after', examples('secondpass migrate --from pgvector.yaml --to qdrant.yaml'))
    .action(({ json, ...flags }: MigrateFlags & JsonFlag) =>
      run(json === true, async (context) => (await import('./commands/migrate.ts')).migrate(flags, context)),
    );

  program.addCommand(initCommand(run));
  program.addCommand(evalCommand(run));
  program.addCommand(tuneCommand(run));
  program.addCommand(modelsCommand(run));

  program
    .command('optimize')
    .description('rewrite a model to run faster, ahead of its first load; in fp32 every score stays the same')
    .argument('<model>', modelHelp)
    .option('--out <folder>', 'write a whole model directory there (default: fill the cache)')
    .addOption(
      new Option('--precision <name>', 'precision to compute in (default: as the model is loaded)').choices([
        'fp32',
        'int8',
      ]),
    )
    .option(
      '--texts <file>',
      'calibrate int8 with these first: one {"query", "passage"} or {"text"} per line',
    )
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      examples(
        'secondpass optimize ./my-model',
        'secondpass optimize ./my-model --out ./my-model-fast',
        'secondpass optimize ./my-model --precision int8 --texts pairs.jsonl',
      ),
    )
    .action((model: string, { json, ...flags }: OptimizeFlags & JsonFlag) =>
      run(json === true, async (context) =>
        (await import('./commands/optimize.ts')).optimize(model, flags, context),
      ),
    );

  program
    .command('doctor')
    .description('report versions, machine, models and engines, and how to fix problems')
    .option('--config <file>', 'also check this configuration and its engine')
    .option('--tune', 'also measure the best batch size of each model, and store it: up to a minute each')
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      examples('secondpass doctor', 'secondpass doctor --config secondpass.config.yaml --json'),
    )
    .action(({ json, ...flags }: DoctorFlags & JsonFlag) =>
      run(json === true, async (context) => (await import('./commands/doctor.ts')).doctor(flags, context)),
    );

  return program;
}

interface JsonFlag {
  readonly json?: true;
}

function collect(value: string, earlier: readonly string[]): readonly string[] {
  return [...earlier, value];
}

function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}
