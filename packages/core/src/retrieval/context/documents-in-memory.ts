import { z } from 'zod';
import { abortSignal, checkOptions, integer } from '../../foundation/check-options.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import type { Document } from '../seams/document.ts';
import type { DocumentReader } from '../seams/document-reader.ts';
import type { FetchDocuments } from './expansion-options.ts';

/** How much {@link documentsInMemory} may read. */
export interface DocumentsInMemoryRequest {
  /** Documents that are kept at most. @default 100_000 */
  readonly maxDocuments?: number;
  readonly signal?: AbortSignal;
}

const requestSchema = z.strictObject({
  maxDocuments: integer(1, Number.MAX_SAFE_INTEGER).optional(),
  signal: abortSignal.optional(),
});

/**
 * Reads an index once and answers by id from then on, for an {@link Expansion}. For small indexes that do not change:
 * a reader can only give all documents, so query a large index by id directly.
 *
 * @throws RetrievalError `invalid-options` if there are more documents, or as the reader does
 *
 * @example
 * import { documentsInMemory } from '@secondpass/core/answers';
 * import { inMemorySource } from '@secondpass/core/testing';
 * const { reader, writer } = inMemorySource();
 * await writer.prepare({ dimensions: 2 });
 * await writer.write([{ id: '1', text: 'Yeast.', vector: Float32Array.of(1, 0), digest: 'a' }]);
 * await writer.finish();
 * const fetch = await documentsInMemory(reader);
 * await fetch(['1', '2'], { signal: AbortSignal.timeout(1000) }); // → [ { id: '1', text: 'Yeast.' } ]
 */
export async function documentsInMemory(
  reader: DocumentReader,
  request: DocumentsInMemoryRequest = {},
): Promise<FetchDocuments> {
  checkOptions(requestSchema, request, { origin: 'documents-in-memory' });
  const { maxDocuments = 100_000, signal } = request;
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
