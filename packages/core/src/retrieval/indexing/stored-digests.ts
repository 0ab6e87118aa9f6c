import { describeValue } from '../../foundation/describe-value.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import type { DocumentWriter } from '../seams/document-writer.ts';

/**
 * What a writer holds of the documents, by id.
 *
 * @throws RetrievalError as the writer does, or `source-failed` where it answers something else
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
    nextStep: 'Mend the writer: it resolves to a Map from ids to digests.',
  });
}
