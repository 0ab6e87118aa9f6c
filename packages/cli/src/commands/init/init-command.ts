import { Command, Option } from 'commander';
import { databases } from '../../init/databases.ts';
import type { InitFlags } from '../../init/init-flags.ts';
import type { RunCommand } from '../../run-command.ts';

/** The flags of `secondpass init`. */
export function initCommand(run: RunCommand): Command {
  return new Command('init')
    .description('look into a database, ask what it cannot tell, and write the configuration')
    .option('--out <file>', 'what to write', 'secondpass.config.yaml')
    .option('--force', 'write over a file that is there')
    .option('--yes', 'ask nothing: what is not clear without has to be in a flag')
    .addOption(new Option('--database <name>', 'which kind').choices(databases.map(({ name }) => name)))
    .option('--url-variable <name>', 'environment variable with the address (default: DATABASE_URL, …)')
    .option('--url <address>', 'the address, where the variable is not set')
    .option('--api-key-variable <name>', 'environment variable with the API key of Elasticsearch or Qdrant')
    .option('--username <name>', 'of Elasticsearch, instead of a key')
    .option('--password-variable <name>', 'environment variable with its password')
    .option('--ca-file <file>', 'PEM file of the authority that signed its certificate')
    .option('--directory <folder>', 'of an embedded database (default: .secondpass/database)')
    .option('--table <name>', 'of PostgreSQL, perhaps with its schema')
    .option('--index <name>', 'of Elasticsearch')
    .option('--collection <name>', 'of Qdrant')
    .option('--new', 'the table, index or collection is not there yet: "secondpass index" will fill it')
    .option('--vector <name>', 'column, field or vector that is searched')
    .option('--metric <name>', 'of PostgreSQL without an index: cosine, inner-product or l2')
    .option('--id <column>', 'of PostgreSQL')
    .option('--text <name>', 'column or field with the passage')
    .option('--tenant-field <name>', 'column or field that says whose a passage is, or none')
    .option('--payload <name>', 'all, none, a column or field of JSON, or columns with commas between')
    .option('--embedder <name>', 'bi-encoder, openai, tei, ollama, or a model directory')
    .option('--embedder-url <address>', 'of a service')
    .option('--embedder-model <name>', 'of a service')
    .option('--embedder-key-variable <name>', 'environment variable with its key, or none')
    .option(
      '--reranker <name>',
      'small, nano, cohere, jina, voyage, tei, infinity, vllm, or a model directory',
    )
    .option('--reranker-url <address>', 'of a service')
    .option('--reranker-model <name>', 'of a service')
    .option('--reranker-key-variable <name>', 'environment variable with its key, or none')
    .option('--json', 'answer as JSON')
    .addHelpText(
      'after',
      `\nExamples:
  secondpass init
  secondpass init --yes --database pgvector --table articles --embedder bi-encoder
  secondpass init --yes --database embedded --new --table notes > search.ts`,
    )
    .action(({ json, ...flags }: InitFlags & { readonly json?: true }) =>
      run(json === true, async (context) => (await import('./init.ts')).init(flags, context)),
    );
}
