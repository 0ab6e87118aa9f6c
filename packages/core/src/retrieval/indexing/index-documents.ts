import { createHash } from 'node:crypto';
import { z } from 'zod';
import {
  abortSignal,
  callback,
  checkOptions,
  having,
  integer,
  stream,
} from '../../foundation/check-options.ts';
import { describeValue } from '../../foundation/describe-value.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import { stringifyJson } from '../../foundation/stringify-json.ts';
import { checkDocuments } from '../seams/check-documents.ts';
import { checkVectors } from '../seams/check-vectors.ts';
import type { Document } from '../seams/document.ts';
import type { DocumentWriter, StoredDocument } from '../seams/document-writer.ts';
import type { Embedder } from '../seams/embedder.ts';
import { documentWriter } from './document-writer-shape.ts';
import { oneAhead } from './one-ahead.ts';
import { SeenIds } from './seen-ids.ts';
import { storedDigests } from './stored-digests.ts';

/** How far indexing has come, in documents. */
export interface IndexingProgress {
  /** Documents processed so far: written + unchanged. */
  readonly done: number;
  /** Documents that were embedded and stored. */
  readonly written: number;
  /** Documents that were stored already with the same text, payload and embedder. */
  readonly unchanged: number;
}

/** What {@link indexDocuments} embeds, by which model, and where it stores it. */
export interface IndexDocumentsRequest {
  readonly documents: Iterable<Document> | AsyncIterable<Document>;
  readonly embedder: Embedder;
  readonly writer: DocumentWriter;
  /** Documents embedded and stored at a time. @default 128 */
  readonly batchSize?: number;
  /** Called after each batch. @default nothing is told */
  readonly onProgress?: (progress: IndexingProgress) => void;
  readonly signal?: AbortSignal;
}

/**
 * Documents of a batch that is embedded while another one is: larger ones gain nothing by that, and two of them could be
 * more than an embedder's queue takes.
 */
const mostAhead = 2000;

const requestSchema = z.strictObject({
  documents: stream<Document>('documents'),
  embedder: having<Embedder>('an embedder with name and embed(), such as loadBiEncoder gives', 'embed'),
  writer: documentWriter,
  batchSize: integer(1, 1_000_000).optional(),
  onProgress: callback('the progress').optional(),
  signal: abortSignal.optional(),
});

/**
 * Embeds documents and stores them, batch by batch; the next batch is embedded while one is stored. Each batch is stored
 * whole or not at all, and a document that is stored already is neither embedded nor written again: an interrupted run is
 * resumed by running it again.
 *
 * @throws RetrievalError `invalid-document` or `duplicate-id` before the offending batch is written; earlier batches stay
 *
 * @example
 * import { indexDocuments, loadBiEncoder } from '@secondpass/core';
 * import { inMemorySource } from '@secondpass/core/testing';
 * import { modelDirectory } from '@secondpass/models';
 * await using embedder = await loadBiEncoder(modelDirectory('bi-encoder'));
 * const { writer } = inMemorySource();
 * const documents = [{ id: '1', text: 'Yeast makes dough rise.', payload: { year: 1929 } }];
 * await indexDocuments({ documents, embedder, writer }); // → { done: 1, written: 1, unchanged: 0 }
 * await indexDocuments({ documents, embedder, writer }); // → { done: 1, written: 0, unchanged: 1 }
 */
export async function indexDocuments(request: IndexDocumentsRequest): Promise<IndexingProgress> {
  checkOptions(requestSchema, request, { origin: 'index-documents' });
  const { documents, embedder, writer, batchSize = 128, onProgress, signal } = request;
  const mark: unknown = embedder.fingerprint ?? embedder.name;
  if (typeof mark !== 'string') {
    throw new RetrievalError({
      code: 'invalid-options',
      origin: 'index-documents',
      problem: `The embedder's fingerprint or name is ${describeValue(mark)}.`,
      nextStep: 'Give it a string: it shows whether stored vectors are up to date.',
    });
  }
  const options = signal ? { signal } : {};
  // A list is checked as a whole before anything is written; a stream is checked batch by batch.
  const isList = Array.isArray(documents);
  if (isList) checkDocuments(documents, writer.name);
  await writer.prepare({ dimensions: embedder.dimensions, ...options });

  const seen = new SeenIds();
  const stopping = new AbortController();
  const whileGoingOn = { signal: signal ? AbortSignal.any([signal, stopping.signal]) : stopping.signal };
  const begin = async (batch: readonly Document[]) => {
    signal?.throwIfAborted();
    if (!isList) {
      checkDocuments(batch, writer.name);
      refuseRepeated(batch, seen, writer.name);
    }
    const digests = batch.map((document) => digestOf(document, mark));
    const stored = await storedDigests(writer, batch, options);
    const fresh = batch
      .map((document, index) => ({ ...document, digest: digests[index]! }))
      .filter(({ id, digest }) => stored.get(id) !== digest);
    const texts = fresh.map(({ text }) => text);
    const embed = async () =>
      texts.length === 0 ? [] : embedder.embed({ texts, kind: 'passage', ...whileGoingOn });
    const work = embed();
    if (batchSize > mostAhead) await Promise.allSettled([work]);
    return { size: batch.length, fresh, work };
  };
  let written = 0;
  let unchanged = 0;
  try {
    for await (const { size, fresh, work } of oneAhead(inBatches(documents, batchSize), begin)) {
      const vectors = checkVectors(await work, fresh.length, embedder.name);
      signal?.throwIfAborted();
      const complete: StoredDocument[] = fresh.map((document, index) => ({
        ...document,
        vector: vectors[index]!,
      }));
      if (complete.length > 0) await writer.write(complete, options);
      written += fresh.length;
      unchanged += size - fresh.length;
      onProgress?.({ done: written + unchanged, written, unchanged });
    }
  } finally {
    // After a failure nobody needs the batch that is being embedded.
    stopping.abort();
  }
  await writer.finish(options);
  return { done: written + unchanged, written, unchanged };
}

function refuseRepeated(batch: readonly Document[], seen: SeenIds, origin: string): void {
  for (const { id } of batch) {
    if (!seen.add(id)) {
      throw new RetrievalError({
        code: 'duplicate-id',
        origin,
        problem: `The id ${JSON.stringify(id)} occurs twice.`,
        nextStep:
          'Give each document an id of its own and run again; stored documents are not embedded again.',
      });
    }
  }
}

function digestOf({ text, payload }: Document, embedder: string): string {
  return createHash('sha256')
    .update(stringifyJson([embedder, text, payload ?? null]))
    .digest('hex');
}

async function* inBatches<T>(items: Iterable<T> | AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length === size) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}
