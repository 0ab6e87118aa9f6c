import { Command, Option } from 'commander';
import { integerFrom } from '../../integer-from.ts';
import type { RunCommand } from '../../run-command.ts';
import { filterOption, tenantOption } from '../../scope-options.ts';
import type { Average, EvalFlags } from './eval-flags.ts';

const averages: readonly Average[] = ['judged', 'in-run'];

/** The flags of `secondpass eval`. */
export function evalCommand(run: RunCommand): Command {
  return new Command('eval')
    .description('measure rankings by judgments: compare stage 2 with stage 1, or run files with each other')
    .option(
      '--config <file>',
      'what to evaluate: secondpass.config.yaml, .json or .ts; its source must be indexed',
    )
    .option('--collection <folder>', 'folder with queries.jsonl, and qrels/test.tsv (as BEIR) or qrels.tsv')
    .addOption(
      new Option(
        '--run <file>',
        'instead: a run in TREC’s form; if repeated, the others are compared with the first',
      )
        .argParser((value: string, earlier: readonly string[]) => [...earlier, value])
        .default([], 'none'),
    )
    .option('--qrels <file>', 'judgments: required with --run; with --collection, they replace its own')
    .option(
      '--depth <n>',
      'candidates that stage 1 returns (default: the configured depth)',
      integerFrom(1, 10_000),
    )
    .addOption(filterOption())
    .addOption(tenantOption())
    .option(
      '--top-k <n>',
      'passages of each ranking that are measured (default: all)',
      integerFrom(1, 10_000),
    )
    .option(
      '--measures <list>',
      'comma-separated names, as in trec_eval (default: ndcg_cut_10,recip_rank_cut_10,map,recall_100,P_5,bpref,judged_10)',
    )
    .option('--relevance-level <n>', 'lowest relevant grade', integerFrom(1, 1_000), 1)
    .addOption(
      new Option('--average <over>', 'means over all judged queries, or over the queries in the run')
        .choices(averages)
        .default('judged'),
    )
    .option(
      '--queries <n>',
      'size of a sample of the judged queries (default: all)',
      integerFrom(1, 10_000_000),
    )
    .option('--seed <n>', 'seed of the sample and of the statistics', integerFrom(0, 4_294_967_295), 0)
    .option('--concurrency <n>', 'queries asked at the same time (default: 1)', integerFrom(1, 256))
    .option('--run-out <prefix>', 'write PREFIX.stage-1.run and PREFIX.stage-2.run, for trec_eval')
    .option('--per-query', 'add the values of each query to the JSON')
    .option('--json [file]', 'answer as JSON, or write it to a file in addition to the table')
    .addHelpText(
      'after',
      `\nExamples:
  secondpass eval --config secondpass.config.yaml --collection ./scifact
  secondpass eval --config secondpass.config.yaml --collection ./scifact --queries 50 --run-out scifact
  secondpass eval --run scifact.stage-1.run --run scifact.stage-2.run --qrels ./scifact/qrels/test.tsv --json`,
    )
    .action((flags: EvalFlags) =>
      run(flags.json === true || flags.json === '-', async (context) =>
        (await import('./evaluate.ts')).evaluate(flags, context),
      ),
    );
}
