import { createHash } from 'node:crypto';
import { type Document, type DocumentReader, RetrievalError, type StoredDocument } from '@secondpass/core';
import { checkReadRequest, stringifyJson } from '@secondpass/core/extend';
import { checkQdrantOptions } from './check-qdrant-options.ts';
import { read } from './qdrant-call.ts';
import { checkMarker, denseVector, existingCollection } from './qdrant-collection.ts';
import { pathOf } from './qdrant-filter.ts';
import { reservedField } from './qdrant-names.ts';
import type { QdrantCollectionOptions } from './qdrant-options.ts';
import { documentOf, type StoredPoint } from './qdrant-response.ts';
import { resolveCollection } from './resolve-collection.ts';

type Signal = { readonly signal?: AbortSignal };

interface ReadPoint extends StoredPoint {
  readonly vector?: unknown;
}

/**
 * Reads a collection in the order of its points' ids, whether `qdrantWriter` or another program filled it. Changes
 * made meanwhile may be seen or not.
 *
 * A point without the vector was never searchable, and is neither read nor counted. Vectors are returned as Qdrant
 * stores them: for cosine, scaled to length 1. If a point has no digest, one is made of id, text, payload and vector.
 *
 * @throws RetrievalError `invalid-options`
 *
 * @example
 * import { QdrantClient } from '@qdrant/js-client-rest';
 * import { qdrantReader, qdrantWriter } from '@secondpass/adapter-qdrant';
 * const client = new QdrantClient({ url: process.env['QDRANT_URL'] ?? 'http://localhost:6333', timeout: Infinity });
 * const writer = qdrantWriter({ client, collection: 'books' });
 * await writer.prepare({ dimensions: 2 });
 * await writer.write([{ id: '1', text: 'Yeast.', vector: Float32Array.of(1, 0), digest: 'a' }]);
 * await writer.finish();
 * for await (const batch of qdrantReader({ client, collection: 'books' }).read()) {
 *   batch.map(({ id }) => id); // → [ '1' ]
 * }
 */
export function qdrantReader(options: QdrantCollectionOptions): DocumentReader {
  checkQdrantOptions('reader', options);
  const collection = resolveCollection(options);
  const { name, vectorName } = collection;
  const target = { collection_name: collection.collection };
  const filter = { must: [{ has_vector: vectorName }] };
  let closed = false;

  return {
    name,
    async dimensions({ signal }: Signal = {}) {
      return (await inspect(signal)).dimensions;
    },
    async count({ signal }: Signal = {}) {
      await inspect(signal);
      const { count } = await read<{ readonly count: number }>(
        collection,
        (api, init) => api.countPoints({ ...target, ...collection.reads, filter, exact: true }, init),
        { signal },
      );
      return count;
    },
    async *read(request = {}) {
      checkReadRequest(request, name, 100_000);
      const { batchSize = 500, signal } = request;
      await inspect(signal);
      const page = {
        ...target,
        ...collection.reads,
        filter,
        limit: batchSize,
        with_payload: { exclude: [pathOf([reservedField, 'order'])] },
        with_vector: vectorName === '' ? true : [vectorName],
      };
      let offset: unknown;
      do {
        const request = offset === undefined ? page : { ...page, offset };
        const { points, next_page_offset } = await read<{
          readonly points: readonly ReadPoint[];
          readonly next_page_offset?: unknown;
        }>(collection, (api, init) => api.scrollPoints(request, init), { signal });
        if (points.length > 0) yield points.map(storedDocument);
        offset = next_page_offset ?? undefined;
      } while (offset !== undefined);
    },
    async close() {
      closed = true;
    },
  };

  async function inspect(signal: AbortSignal | undefined) {
    if (closed) refuse('closed', 'The reader is closed.', 'Make a new one.');
    const shape = await existingCollection(collection, signal);
    if (shape.marker !== undefined) checkMarker(shape.marker, collection);
    return denseVector(shape, collection);
  }

  function storedDocument(point: ReadPoint): StoredDocument {
    const document = documentOf(point, collection);
    const vector = vectorOf(point, document.id);
    const { digest } = ((point.payload as Record<string, unknown>)[reservedField] ?? {}) as {
      digest?: unknown;
    };
    return { ...document, vector, digest: typeof digest === 'string' ? digest : digestOf(document, vector) };
  }

  /** An unnamed vector is returned alone, unless there is a sparse one too. */
  function vectorOf({ vector }: ReadPoint, id: string): Float32Array {
    const numbers: unknown = Array.isArray(vector) ? vector : (vector as Record<string, unknown>)[vectorName];
    if (Array.isArray(numbers) && numbers.every((value) => typeof value === 'number')) {
      return Float32Array.from(numbers);
    }
    return refuse(
      'source-failed',
      `The point with id ${JSON.stringify(id)} has several vectors, but one is expected.`,
      'Set vectorName to a vector that is not a multivector.',
    );
  }

  function refuse(code: RetrievalError['code'], problem: string, nextStep: string): never {
    throw new RetrievalError({ code, origin: name, problem, nextStep });
  }
}

function digestOf({ id, text, payload }: Document, vector: Float32Array): string {
  return createHash('sha256')
    .update(stringifyJson([id, text, payload ?? null, Array.from(vector)]))
    .digest('hex');
}
