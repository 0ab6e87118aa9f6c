import { z } from 'zod';
import { abortSignal, callback, checkOptions, having, integer } from '../../foundation/check-options.ts';
import { describeValue } from '../../foundation/describe-value.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import type { DocumentReader } from '../seams/document-reader.ts';
import type { DocumentWriter, StoredDocument } from '../seams/document-writer.ts';
import { documentWriter } from './document-writer-shape.ts';
import type { IndexingProgress } from './index-documents.ts';
import { storedDigests } from './stored-digests.ts';

/** Where {@link migrateDocuments} reads and where it writes. */
export interface MigrateDocumentsRequest {
  readonly reader: DocumentReader;
  readonly writer: DocumentWriter;
  /** Documents read and stored at a time. @default 500 */
  readonly batchSize?: number;
  /** Called after each batch with the progress and the total number of documents to copy. */
  readonly onProgress?: (progress: IndexingProgress, total: number) => void;
  readonly signal?: AbortSignal;
}

const requestSchema = z.strictObject({
  reader: having<DocumentReader>('a reader, such as pgvectorReader gives', 'count', 'dimensions', 'read'),
  writer: documentWriter,
  batchSize: integer(1, 1_000_000).optional(),
  onProgress: callback('the progress').optional(),
  signal: abortSignal.optional(),
});

/**
 * Copies ids, texts, payloads and vectors from one engine to another, a batch at a time. A document that the target
 * already holds with the same digest is not written again: an interrupted copy is resumed by running it again.
 *
 * @throws RetrievalError `source-incomplete` when, at the end, the target holds fewer documents than the source
 *
 * @example
 * import { migrateDocuments } from '@secondpass/core';
 * import { inMemorySource } from '@secondpass/core/testing';
 * const [from, to] = [inMemorySource(), inMemorySource()];
 * await from.writer.prepare({ dimensions: 2 });
 * await from.writer.write([{ id: '1', text: 'Yeast.', vector: Float32Array.of(1, 0), digest: 'a' }]);
 * await from.writer.finish();
 * await migrateDocuments({ reader: from.reader, writer: to.writer }); // → { done: 1, written: 1, unchanged: 0 }
 */
export async function migrateDocuments(request: MigrateDocumentsRequest): Promise<IndexingProgress> {
  checkOptions(requestSchema, request, { origin: 'migrate-documents' });
  const { reader, writer, batchSize = 500, onProgress, signal } = request;
  const options = signal ? { signal } : {};
  const total = await reader.count(options);
  await writer.prepare({ dimensions: await reader.dimensions(options), ...options });
  let written = 0;
  let unchanged = 0;
  const batches: unknown = reader.read({ batchSize, ...options });
  if (!isStream(batches)) {
    throw new RetrievalError({
      code: 'source-failed',
      origin: reader.name,
      problem: `read answers ${describeValue(batches)}, not a stream of batches.`,
      nextStep: 'Fix the reader: read() gives an AsyncIterable of lists of documents.',
    });
  }
  for await (const batch of batches) {
    signal?.throwIfAborted();
    const stored = await storedDigests(writer, batch, options);
    const fresh = batch.filter(({ id, digest }) => stored.get(id) !== digest);
    if (fresh.length > 0) await writer.write(fresh, options);
    written += fresh.length;
    unchanged += batch.length - fresh.length;
    onProgress?.({ done: written + unchanged, written, unchanged }, total);
  }
  await writer.finish(options);
  const arrived = await writer.count(options);
  if (arrived < total) {
    throw new RetrievalError({
      code: 'source-incomplete',
      origin: writer.name,
      problem: `${reader.name} held ${total} ${total === 1 ? 'document' : 'documents'} and ${writer.name} holds ${arrived}.`,
      nextStep: 'Run it again: only what is missing is copied.',
    });
  }
  return { done: written + unchanged, written, unchanged };
}

function isStream(value: unknown): value is AsyncIterable<readonly StoredDocument[]> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
