import { Command, InvalidArgumentError, Option } from 'commander';
import { integerFrom } from '../integer-from.ts';
import { modelHelp } from '../model-help.ts';
import type { RunCommand } from '../run-command.ts';
import { longPassagesOption, minScoreOption, scoreScalingOption } from '../score-options.ts';
import type { RerankOneOrManyFlags } from './rerank-one-or-many.ts';
import type { Part } from './rerank-queries/part.ts';

/** The flags of `secondpass rerank`: one query, or a file of them. */
export function rerankCommand(run: RunCommand): Command {
  return new Command('rerank')
    .description('order documents by relevance to a query, or to each query of a file (stage 2 alone)')
    .option('--model <model>', `${modelHelp} (default: small)`)
    .option('--config <file>', 'a configuration whose reranker is used, in place of --model')
    .option('--query <text>', 'what the documents are ordered by')
    .option('--documents <file>', 'one document per line, JSON or plain text; - for standard input')
    .option('--queries <file>', 'a job: {"id": …, "text": …, "documents": [{"id": …, "text": …}]} per line')
    .option('--run <file>', 'of a job: the candidates in TREC’s form; their texts stand in --documents')
    .option('--output <file>', 'of a job: where the answers go (.jsonl, .run or .parquet)')
    .addOption(
      new Option('--format <name>', 'of a job: the form of --output').choices(['jsonl', 'trec', 'parquet']),
    )
    .addOption(
      new Option(
        '--part <k/n>',
        'of a job: the k-th of n equal parts, for several processes or machines',
      ).argParser(toPart),
    )
    .option('--top-k <n>', 'how many to return (default: all)', integerFrom(1, 1_000_000))
    .addOption(minScoreOption())
    .addOption(scoreScalingOption())
    .addOption(longPassagesOption())
    .addOption(new Option('--precision <name>', 'precision of the model').choices(['fp32', 'int8']))
    .option('--json', 'answer as JSON; always on if the output is not a terminal')
    .addHelpText(
      'after',
      `
If the first line of --documents begins with { or ", every line is JSON: {"id": …, "text": …} or a string. Otherwise every line is a text.
A job that was interrupted goes on when the same command is run again.
Examples:
  secondpass rerank --query "reset a password" --documents passages.jsonl --top-k 3
  ls docs/*.md | xargs -n1 head -1 | secondpass rerank --query "reset a password" --documents -
  secondpass rerank --queries queries.jsonl --output reranked.jsonl
  secondpass rerank --queries queries.jsonl --run stage-1.run --documents corpus.jsonl --output stage-2.run`,
    )
    .action(({ json, ...flags }: RerankOneOrManyFlags & { readonly json?: true }) =>
      run(json === true, async (context) =>
        (await import('./rerank-one-or-many.ts')).rerankOneOrMany(flags, context),
      ),
    );
}

function toPart(value: string): Part {
  const [, number = '', of = ''] = /^(\d{1,4})\/(\d{1,4})$/.exec(value) ?? [];
  const part = { number: Number(number), of: Number(of) };
  if (part.number >= 1 && part.number <= part.of) return part;
  throw new InvalidArgumentError('Two numbers such as 1/4 were expected, the first at most the second.');
}
