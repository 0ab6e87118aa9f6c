import { createHash } from 'node:crypto';
import { type DocumentReader, RetrievalError, type StoredDocument } from '@secondpass/core';
import { checkReadRequest, stringifyJson } from '@secondpass/core/extend';
import { checkElasticOptions } from './check-elastic-options.ts';
import { type ElasticEngine, engineOf } from './elastic-engine.ts';
import { elasticError } from './elastic-error.ts';
import { inspectIndex } from './elastic-mapping.ts';
import type { ElasticIndexOptions } from './elastic-options.ts';
import { matchingQuery } from './elastic-request.ts';
import { documentOf, type ElasticHit, hitsOf, valueAt } from './elastic-response.ts';
import { resolveIndex } from './resolve-index.ts';
import { type SearchableIndex, searchableIndex } from './searchable-index.ts';

type SortValues = (string | number)[] | undefined;
type Signal = { readonly signal?: AbortSignal };

const digestField = 'secondpass.digest';
/** How long Elasticsearch keeps the snapshot that is read, from one batch to the next. */
const keepAlive = '5m';

/**
 * Reads a snapshot of an index, whether `elasticWriter` or another program filled it.
 *
 * A document without a vector was never searchable by vector, and is neither read nor counted. If a document has no
 * digest, one is made of id, text, payload and vector.
 *
 * @throws RetrievalError `invalid-options`
 *
 * @example
 * import { Client } from '@elastic/elasticsearch';
 * import { elasticReader, elasticWriter } from '@secondpass/adapter-elastic';
 * const client = new Client({ node: process.env['ELASTICSEARCH_URL'] ?? 'http://localhost:9200' });
 * const writer = elasticWriter({ client, index: 'books' });
 * await writer.prepare({ dimensions: 2 });
 * await writer.write([{ id: '1', text: 'Yeast.', vector: Float32Array.of(1, 0), digest: 'a' }]);
 * await writer.finish();
 * for await (const batch of elasticReader({ client, index: 'books' }).read()) {
 *   batch.map(({ id }) => id); // → [ '1' ]
 * }
 * await client.close();
 */
export function elasticReader(options: ElasticIndexOptions): DocumentReader {
  checkElasticOptions('reader', options);
  const index = resolveIndex(options);
  const { client, name, fields } = index;
  const { requestTimeoutMs = 60_000 } = options;
  const query = matchingQuery({ fields, filters: [] });
  let closed = false;

  return {
    name,
    async dimensions({ signal }: Signal = {}) {
      const { dimensions } = await guarded(signal, usable);
      if (dimensions !== undefined) return dimensions;
      return refuse('source-failed', 'The mapping fixes no length of vectors.', 'Fill the index first.');
    },
    async count({ signal }: Signal = {}) {
      return guarded(signal, async (engine) => {
        await usable(engine);
        await engine.indices.refresh({ index: index.index });
        return Number(((await engine.count({ index: index.index, query })) as { count?: unknown }).count);
      });
    },
    async *read(request = {}) {
      checkReadRequest(request, name, 10_000);
      const { batchSize = 500, signal } = request;
      const { shape, moment } = await guarded(signal, async (engine) => {
        const shape = await usable(engine);
        await engine.indices.refresh({ index: index.index });
        const opened = await engine.openPointInTime({ index: index.index, keep_alive: keepAlive });
        return { shape, moment: (opened as { id: string }).id };
      });
      try {
        let last: SortValues;
        for (;;) {
          const hits = await guarded(signal, (engine) => page(engine, shape, moment, batchSize, last));
          if (hits.length > 0) yield hits.map((hit) => storedDocument(hit, shape));
          if (hits.length < batchSize) return;
          last = hits.at(-1)!.sort as SortValues;
        }
      } finally {
        // Without this call, Elasticsearch deletes it later.
        await engineOf(client, { timeoutMs: requestTimeoutMs })
          .closePointInTime({ id: moment })
          .catch(() => {});
      }
    },
    async close() {
      closed = true;
    },
  };

  async function page(
    engine: ElasticEngine,
    shape: SearchableIndex,
    moment: string,
    size: number,
    last: SortValues,
  ): Promise<readonly ElasticHit[]> {
    const { text, payload, vector } = fields;
    const { vectorFields } = shape;
    const answer = await engine.search({
      pit: { id: moment, keep_alive: keepAlive },
      size,
      sort: [{ _shard_doc: 'asc' }],
      ...(last && { search_after: last }),
      _source:
        payload === null
          ? { excludes: [...vectorFields] }
          : [text, payload, ...(shape.marker ? [digestField] : [])],
      // From 9.2 on, vectors are not part of the source.
      fields: [vector],
      track_total_hits: false,
      allow_partial_search_results: false,
      query,
    });
    return hitsOf(answer, name);
  }

  function storedDocument(hit: ElasticHit, { marker }: SearchableIndex): StoredDocument {
    const document = documentOf(hit, { fields, ours: marker !== undefined, similarity: undefined });
    const numbers = hit.fields?.[fields.vector];
    if (!Array.isArray(numbers)) {
      return refuse(
        'source-failed',
        `Elasticsearch returns no vector for the document ${JSON.stringify(document.id)}.`,
        'Index it again.',
      );
    }
    const digest = marker && valueAt(hit._source, digestField);
    const { id, text, payload } = document;
    return {
      ...document,
      vector: Float32Array.from(numbers as number[]),
      digest:
        typeof digest === 'string'
          ? digest
          : createHash('sha256')
              .update(stringifyJson([id, text, payload, numbers]))
              .digest('hex'),
    };
  }

  async function usable(engine: ElasticEngine): Promise<SearchableIndex> {
    return searchableIndex(await inspectIndex(index, engine), index, { match: 'vector' });
  }

  function refuse(code: RetrievalError['code'], problem: string, nextStep: string): never {
    throw new RetrievalError({ code, origin: name, problem, nextStep });
  }

  async function guarded<T>(
    signal: AbortSignal | undefined,
    work: (engine: ElasticEngine) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    if (closed) refuse('closed', 'The reader is closed.', 'Make a new one.');
    try {
      return await work(engineOf(client, { timeoutMs: requestTimeoutMs, signal }));
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw elasticError(error, name);
    }
  }
}
