import { Command, Option } from 'commander';
import { databaseNames } from '../../init/databases/database.ts';
import type { InitFlags } from '../../init/init-flags.ts';
import type { RunCommand } from '../../run-command.ts';

/** The flags of `secondpass init`. */
export function initCommand(run: RunCommand): Command {
  return new Command('init')
    .description('inspect a database, ask what it does not tell, and write the configuration')
    .option('--out <file>', 'configuration to write', 'secondpass.config.yaml')
    .option('--force', 'overwrite an existing file')
    .option('--yes', 'ask nothing: flags have to answer what the database does not tell')
    .addOption(new Option('--database <name>', 'kind of database').choices(databaseNames))
    .option('--url-variable <name>', 'environment variable with the address (default: DATABASE_URL, …)')
    .option('--url <address>', 'the address, if the variable is not set')
    .option('--api-key-variable <name>', 'environment variable with the API key of Elasticsearch or Qdrant')
    .option('--username <name>', 'user of Elasticsearch, instead of a key')
    .option('--password-variable <name>', 'environment variable with the password')
    .option('--ca-file <file>', 'PEM file of the authority that signed the certificate')
    .option('--directory <folder>', 'folder of an embedded database (default: .secondpass/database)')
    .option('--table <name>', 'table of PostgreSQL, optionally with its schema')
    .option('--index <name>', 'index of Elasticsearch')
    .option('--collection <name>', 'collection of Qdrant')
    .option('--new', 'the table, index or collection does not exist yet: "secondpass index" will create it')
    .option('--vector <name>', 'column, field or vector that is searched')
    .option('--metric <name>', 'metric for PostgreSQL without an index: cosine, inner-product or l2')
    .option('--id <column>', 'id column of PostgreSQL')
    .option('--text <name>', 'column or field with the passage')
    .option('--tenant-field <name>', 'column or field with the tenant of a passage, or none')
    .option('--payload <name>', 'all, none, a JSON column or field, or comma-separated columns')
    .option('--embedder <name>', 'bi-encoder, openai, tei, ollama, or a model directory')
    .option('--embedder-url <address>', 'address of an embedding service')
    .option('--embedder-model <name>', 'model of the service')
    .option('--embedder-key-variable <name>', 'environment variable with the key of the service, or none')
    .option(
      '--reranker <name>',
      'small, nano, cohere, jina, voyage, tei, infinity, vllm, or a model directory',
    )
    .option('--reranker-url <address>', 'address of a reranking service')
    .option('--reranker-model <name>', 'model of the service')
    .option('--reranker-key-variable <name>', 'environment variable with the key of the service, or none')
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
