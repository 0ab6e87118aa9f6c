import { Command, InvalidArgumentError, Option } from 'commander';
import { modelHelp } from '../../model-help.ts';
import type { RunCommand } from '../../run-command.ts';
import { filterOption, tenantOption } from '../../scope-options.ts';
import type { TuneFlags } from './tune-flags.ts';

/** The flags of `secondpass tune`. */
export function tuneCommand(run: RunCommand): Command {
  return new Command('tune')
    .description('find depth, model, precision and blending weight with your own judged queries')
    .requiredOption('--config <file>', 'configuration in use: its source, embedder, reranker and depth')
    .requiredOption('--collection <folder>', 'folder with queries.jsonl, and qrels.tsv or qrels/test.tsv')
    .option('--qrels <file>', 'judgments that replace those of the collection')
    .addOption(
      new Option('--max-loss <quality>', 'the cheapest setting that loses at most this (default: 0.005)')
        .argParser(numberFrom(0, 1))
        .conflicts('maxLatency'),
    )
    .addOption(
      new Option('--max-latency <ms>', 'the best setting whose stage 2 takes at most this (p95)').argParser(
        numberFrom(0.001, 3_600_000),
      ),
    )
    .addOption(
      new Option(
        '--models <list>',
        `comma-separated, each ${modelHelp} (default: every bundled reranker)`,
      ).argParser(words),
    )
    .addOption(
      new Option('--precisions <list>', 'precisions to try (default: fp32,int8)').argParser(precisions),
    )
    .addOption(
      new Option('--depths <list>', 'candidates that stage 2 reads (default: 10,20,50,100,200)').argParser(
        numbers(1, 10_000, true),
      ),
    )
    .addOption(
      new Option('--blends <list>', 'weights of stage 1 (default: 0,0.1,…,0.9)').argParser(
        numbers(0, 1, false),
      ),
    )
    .addOption(filterOption())
    .addOption(tenantOption())
    .option('--measure <name>', 'measure to maximize, by trec_eval’s name', 'ndcg_cut_10')
    .option(
      '--queries <n>',
      'size of a sample of the queries, drawn by the seed (default: all)',
      numberFrom(1, 1_000_000, true),
    )
    .option('--rounds <n>', 'how often each depth is timed', numberFrom(5, 10_000, true), 30)
    .option(
      '--seed <n>',
      'seed of all random choices: the same seed gives the same folds',
      numberFrom(0, 2 ** 31 - 1, true),
      0,
    )
    .option('--out <file>', 'write the advised configuration to this file, next to the one in use')
    .option('--report <file>', 'write a report with charts to this HTML file')
    .option('--force', 'overwrite these two files')
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      `\nExamples:\n${[
        'secondpass tune --config secondpass.config.yaml --collection ./judged --out tuned.yaml --report report.html',
        'secondpass tune --config secondpass.config.yaml --collection ./judged --max-latency 80 --models small,./my-model',
      ]
        .map((line) => `  ${line}`)
        .join('\n')}`,
    )
    .action(({ json, ...flags }: TuneFlags & { readonly json?: true }) =>
      run(json === true, async (context) =>
        (await import('./tune-settings.ts')).tuneSettings(flags, context),
      ),
    );
}

function words(list: string): readonly string[] {
  const found = list.split(',').map((word) => word.trim());
  if (found.includes('')) throw new InvalidArgumentError('Comma-separated names were expected.');
  return [...new Set(found)];
}

function precisions(list: string): readonly string[] {
  const found = words(list);
  if (found.every((word) => word === 'fp32' || word === 'int8')) return found;
  throw new InvalidArgumentError('fp32, int8 or fp32,int8 was expected.');
}

function numbers(least: number, most: number, whole: boolean): (list: string) => readonly number[] {
  const read = numberFrom(least, most, whole);
  return (list) => words(list).map(read);
}

function numberFrom(least: number, most: number, whole = false): (text: string) => number {
  return (text) => {
    const number = /^\d{0,10}\.?\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most && (!whole || Number.isInteger(number))) return number;
    const kind = whole ? 'An integer' : 'A number';
    throw new InvalidArgumentError(`${kind} from ${least} to ${most.toLocaleString('en')} was expected.`);
  };
}
