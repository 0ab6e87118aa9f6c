import { RetrievalError } from '../../foundation/retrieval-error.ts';
import type { Document } from '../seams/document.ts';
import type { DocumentReader } from '../seams/document-reader.ts';
import type { FetchDocuments } from './expansion-options.ts';

export interface DocumentsInMemoryRequest {
  /** Documents that are kept at most. @default 100_000 */
  readonly maxDocuments?: number;
  readonly signal?: AbortSignal;
}

/**
 * Reads an index once and answers by id from then on, for an {@link Expansion}. For small indexes that do not change: a
 * reader can only give everything, so a large one should be asked by id in its own language.
 *
 * @throws RetrievalError `invalid-options` where there are more documents, or as the reader does
 */
export async function documentsInMemory(
  reader: DocumentReader,
  { maxDocuments = 100_000, signal }: DocumentsInMemoryRequest = {},
): Promise<FetchDocuments> {
  const documents = new Map<string, Pick<Document, 'id' | 'text'>>();
  for await (const batch of reader.read({ ...(signal && { signal }) })) {
    for (const { id, text } of batch) documents.set(id, { id, text });
    if (documents.size > maxDocuments) {
      throw new RetrievalError({
        code: 'invalid-options',
        origin: reader.name,
        problem: `There are more than ${maxDocuments.toLocaleString('en')} documents.`,
        nextStep: 'Raise maxDocuments, or fetch by id from the database.',
      });
    }
  }
  return async (ids) => ids.flatMap((id) => documents.get(id) ?? []);
}
