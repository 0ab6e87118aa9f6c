import type { CandidateSource, Closable, Reranker, TwoStageRetriever } from '@secondpass/core';
import { closable } from '@secondpass/core/extend';
import { readConfigFile } from '../config/config-file.ts';
import { openRetriever } from '../pipeline.ts';
import { Secrets } from '../secrets.ts';

/** The open parts of a configuration file. */
export interface OpenConfiguration extends Closable {
  readonly retriever: TwoStageRetriever;
  readonly reranker: Reranker;
  /** Stage 1 of the retriever. */
  readonly source: CandidateSource;
}

/**
 * Opens what a configuration file of the command line names; `close()` ends all of it.
 *
 * @param environment what `${NAME}` in the file stands for
 * @param file path, taken from the current directory
 * @throws RetrievalError `invalid-config`, or of what is opened
 *
 * @example
 * import { writeFile } from 'node:fs/promises';
 * import { openConfiguration } from 'secondpass/config';
 * const source = "{ adapter: pgvector, url: 'postgres://localhost/notes', table: notes }"; // it connects at the first search
 * const models = 'embedder: { model: bi-encoder }\nreranker: { model: small }';
 * await writeFile('secondpass.config.yaml', `source: ${source}\n${models}\n`);
 * await using opened = await openConfiguration('secondpass.config.yaml');
 * opened.reranker.name; // → 'small'
 */
export async function openConfiguration(
  file: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<OpenConfiguration> {
  const config = await readConfigFile(file, { environment, secrets: new Secrets() });
  return closable(await openRetriever(config));
}
