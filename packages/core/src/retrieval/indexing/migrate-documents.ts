import { checkBatchSize } from '../../foundation/check-batch-size.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import type { DocumentReader } from '../seams/document-reader.ts';
import type { DocumentWriter } from '../seams/document-writer.ts';
import type { IndexingProgress } from './index-documents.ts';

export interface MigrateDocumentsRequest {
  readonly reader: DocumentReader;
  readonly writer: DocumentWriter;
  /** Documents read and stored at a time. @default 500 */
  readonly batchSize?: number;
  /** Called after each batch with the number of documents that there are to copy. */
  readonly onProgress?: (progress: IndexingProgress, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Copies ids, texts, payloads and vectors from one engine to another, a batch at a time. What the target holds already
 * with the same digest is not written again: an interrupted copy is resumed by running it again.
 *
 * @throws RetrievalError `source-incomplete` when, at the end, the target holds fewer documents than the source
 */
export async function migrateDocuments({
  reader,
  writer,
  batchSize = 500,
  onProgress,
  signal,
}: MigrateDocumentsRequest): Promise<IndexingProgress> {
  checkBatchSize(batchSize, writer.name);
  const options = signal ? { signal } : {};
  const total = await reader.count(options);
  await writer.prepare({ dimensions: await reader.dimensions(options), ...options });
  let written = 0;
  let unchanged = 0;
  for await (const batch of reader.read({ batchSize, ...options })) {
    signal?.throwIfAborted();
    const stored = await writer.storedDigests(
      batch.map(({ id }) => id),
      options,
    );
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
