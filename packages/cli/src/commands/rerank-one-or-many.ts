import type { CommandContext } from '../command-context.ts';
import { flagError } from '../flag-error.ts';
import { type RerankFlags, rerank } from './rerank.ts';
import type { RerankQueriesFlags } from './rerank-queries/rerank-queries.ts';

export type RerankOneOrManyFlags = Partial<RerankFlags & RerankQueriesFlags>;

/**
 * Orders documents by one query, or by each query of a file, which is a job.
 *
 * @returns the exit code
 * @throws RetrievalError `invalid-options` if a flag is missing, or belongs to the other of the two
 */
export async function rerankOneOrMany(flags: RerankOneOrManyFlags, context: CommandContext): Promise<number> {
  const { query, queries, documents, output, ...shared } = flags;
  if ((query === undefined) === (queries === undefined)) {
    throw flagError(
      '--query',
      'One of --query and --queries was expected.',
      'Give a query, or a file of them.',
    );
  }
  if (queries !== undefined) {
    if (output === undefined) throw flagError('--output', 'It is missing.', 'Say where the answers go.');
    const { rerankQueries } = await import('./rerank-queries/rerank-queries.ts');
    return rerankQueries(
      { ...shared, queries, output, ...(documents !== undefined && { documents }) },
      context,
    );
  }
  const foreign = (['run', 'output', 'format', 'part'] as const).find((flag) => flags[flag] !== undefined);
  if (foreign) throw flagError(`--${foreign}`, 'It belongs to a job with --queries.', 'Leave it out.');
  if (documents === undefined) {
    throw flagError('--documents', 'It is missing.', 'Name a file, or - for standard input.');
  }
  await rerank({ ...shared, query: query!, documents }, context);
  return 0;
}
