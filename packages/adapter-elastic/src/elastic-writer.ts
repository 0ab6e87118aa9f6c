import { type DocumentWriter, RetrievalError } from '@secondpass/core';
import { checkIds, checkPrepareRequest, checkStoredDocuments, foreignCause } from '@secondpass/core/extend';
import { checkElasticOptions } from './check-elastic-options.ts';
import { found, storeBatch } from './elastic-batch.ts';
import { sendBulk } from './elastic-bulk.ts';
import { documentJson, longestId } from './elastic-documents.ts';
import { type ElasticEngine, engineOf } from './elastic-engine.ts';
import { elasticError, withoutValue } from './elastic-error.ts';
import { type IndexMarker, inspectIndex } from './elastic-mapping.ts';
import type { ElasticWriterOptions } from './elastic-options.ts';
import { valueAt } from './elastic-response.ts';
import { checkOwnFields, createIndex, ownMarker } from './own-index.ts';
import { resolveIndex } from './resolve-index.ts';
import { checkDimensions } from './searchable-index.ts';

type Signal = { readonly signal?: AbortSignal };

/** Ids per request. */
const idsAtATime = 1000;

/**
 * Fills an index of its own, which `prepare` creates. Other indices are searched, not written: only their owners know
 * the rules of their mappings.
 *
 * @throws RetrievalError `invalid-options`
 *
 * @example
 * import { Client } from '@elastic/elasticsearch';
 * import { elasticWriter } from '@secondpass/adapter-elastic';
 * const client = new Client({ node: process.env['ELASTICSEARCH_URL'] ?? 'http://localhost:9200' });
 * const writer = elasticWriter({ client, index: 'posts' });
 * await writer.prepare({ dimensions: 2 });
 * await writer.write([{ id: '1', text: 'Yeast.', vector: Float32Array.of(1, 0), digest: 'a' }]);
 * await writer.finish();
 * await writer.count(); // → 1
 * await client.close();
 */
export function elasticWriter(options: ElasticWriterOptions): DocumentWriter {
  checkElasticOptions('writer', options);
  const index = resolveIndex(options);
  const { client, name } = index;
  const { nativeFields = {}, settings = {}, retries = 6, requestTimeoutMs = 60_000 } = options;
  /** The state of the index since the last `prepare`. */
  let marker: IndexMarker | undefined;
  let closed = false;

  return {
    name,
    async prepare(request) {
      checkPrepareRequest(request, name, 4096);
      const { dimensions, signal } = request;
      marker = await guarded(signal, async (engine) => {
        let shape = await inspectIndex(index, engine);
        if (shape === undefined) {
          checkOwnFields(index);
          shape = await createIndex(index, options, dimensions, engine);
        }
        const present = ownMarker(shape, index, options);
        checkDimensions(dimensions, present.dimensions, index);
        return present;
      });
    },
    async storedDigests(ids, { signal }: Signal = {}) {
      checkIds(ids, name);
      return guarded(signal, async (engine) => {
        const digests = new Map<string, string>();
        for (const part of inParts(ids)) {
          const answer = await engine.mget({
            index: index.index,
            ids: part,
            _source_includes: ['secondpass.digest'],
          });
          for (const { _id, _source } of found(answer))
            digests.set(_id, String(valueAt(_source, 'secondpass.digest')));
        }
        return digests;
      });
    },
    async write(documents, { signal }: Signal = {}) {
      checkStoredDocuments(documents, name);
      await guarded(signal, async (engine) => {
        const present = await ours(engine);
        const native = Object.keys(nativeFields);
        const prepared = documents.map((document) => ({
          id: document.id,
          json: documentJson(document, index, present, native),
        }));
        if (prepared.length === 0) return;
        const unstoppable = engineOf(client, { timeoutMs: requestTimeoutMs, retries });
        await storeBatch({
          engine: unstoppable,
          index: index.index,
          origin: name,
          vectorField: index.fields.vector,
          documents: prepared,
          retries,
          signal,
        });
        // Before the first finish nothing is searched, and a refresh for each batch would make small segments.
        if (present.whole) await unstoppable.indices.refresh({ index: index.index });
      });
    },
    async finish({ signal }: Signal = {}) {
      await guarded(signal, async (engine) => {
        const before = marker;
        const present = ownMarker(await inspectIndex(index, engine), index, options);
        if (before !== undefined && present.filling !== before.filling) {
          throw new RetrievalError({
            code: 'source-failed',
            origin: name,
            problem: `Another index ${index.index} replaced the one that was filled.`,
            nextStep: 'Index again.',
          });
        }
        await engine.indices.refresh({ index: index.index });
        if (!present.whole) {
          await engine.indices.putSettings({
            index: index.index,
            settings: { refresh_interval: settings['refresh_interval'] ?? null },
          });
          await engine.indices.putMapping({
            index: index.index,
            _meta: { secondpass: { ...present, whole: true } },
          });
        }
        marker = { ...present, whole: true };
      });
    },
    async count({ signal }: Signal = {}) {
      return guarded(signal, async (engine) => {
        await engine.indices.refresh({ index: index.index });
        return Number(((await engine.count({ index: index.index })) as { count?: unknown }).count);
      });
    },
    async delete(ids, { signal }: Signal = {}) {
      checkIds(ids, name);
      return guarded(signal, async (engine) => {
        await ours(engine);
        const items = inParts(ids)
          .flat()
          .map((id) => ({ id, action: 'delete' as const }));
        if (items.length === 0) return 0;
        const outcomes = await sendBulk({ engine, index: index.index, items, retries, signal });
        await engine.indices.refresh({ index: index.index });
        const failed = outcomes.find(({ status }) => status >= 300 && status !== 404);
        if (failed !== undefined) {
          throw new RetrievalError({
            code: failed.status === 429 ? 'overloaded' : 'source-failed',
            origin: name,
            problem: `The document ${JSON.stringify(failed.id)} was not deleted: ${withoutValue(failed.error?.reason ?? `status ${failed.status}`)}.`,
            nextStep: 'Delete the same ids again; ids that are deleted already do no harm.',
            cause: foreignCause(failed.error),
          });
        }
        return outcomes.filter(({ status }) => status < 300).length;
      });
    },
    async close() {
      closed = true;
    },
  };

  /** A bulk request to a missing index would create one without a mapping. */
  async function ours(engine: ElasticEngine): Promise<IndexMarker> {
    marker ??= ownMarker(await inspectIndex(index, engine), index, options);
    return marker;
  }

  async function guarded<T>(
    signal: AbortSignal | undefined,
    work: (engine: ElasticEngine) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    if (closed)
      throw new RetrievalError({
        code: 'closed',
        origin: name,
        problem: 'The writer is closed.',
        nextStep: 'Make a new one.',
      });
    try {
      return await work(engineOf(client, { timeoutMs: requestTimeoutMs, signal, retries }));
    } catch (error) {
      // The error of a partly stored batch is thrown even after an abort.
      if (signal?.aborted && !RetrievalError.is(error)) throw signal.reason;
      throw elasticError(error, name);
    }
  }
}

/** Ids that can exist in an index, one request's share at a time. */
function inParts(ids: readonly string[]): readonly string[][] {
  const possible = ids.filter((id) => id !== '' && Buffer.byteLength(id) <= longestId);
  const parts: string[][] = [];
  for (let start = 0; start < possible.length; start += idsAtATime)
    parts.push(possible.slice(start, start + idsAtATime));
  return parts;
}
