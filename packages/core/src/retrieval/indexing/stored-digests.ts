import { describeValue } from '../../foundation/describe-value.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import type { DocumentWriter } from '../seams/document-writer.ts';

/**
 * The digests that a writer has stored for the documents, by id.
 *
 * @throws RetrievalError as the writer does, or `source-failed` if its answer is not a map
 */
export async function storedDigests(
  writer: DocumentWriter,
  documents: readonly { readonly id: string }[],
  options: { readonly signal?: AbortSignal },
): Promise<ReadonlyMap<string, string>> {
  const ids = documents.map(({ id }) => id);
  const digests = await writer.storedDigests(ids, options);
  if (typeof digests?.get === 'function') return digests;
  throw new RetrievalError({
    code: 'source-failed',
    origin: writer.name,
    problem: `storedDigests answers ${describeValue(digests)}, not a map.`,
    nextStep: 'Fix the writer: it resolves to a Map from ids to digests.',
  });
}
