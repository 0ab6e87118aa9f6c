import {
  type CandidateRequest,
  type CandidateSource,
  type FetchRequest,
  type Filter,
  type Payload,
  parseFilter,
  RetrievalError,
} from '@secondpass/core';
import {
  candidatesToRescore,
  checkCandidateRequest,
  checkFetchRequest,
  checkQuery,
  checkTenant,
} from '@secondpass/core/extend';
import { checkElasticOptions } from './check-elastic-options.ts';
import { engineOf } from './elastic-engine.ts';
import { elasticError, isBadRequest } from './elastic-error.ts';
import { filterQuery, hasNative } from './elastic-filter.ts';
import { inspectIndex } from './elastic-mapping.ts';
import type { ElasticSourceOptions } from './elastic-options.ts';
import {
  checkQueryVector,
  idsRequest,
  mostCandidates,
  textRequest,
  vectorProblem,
} from './elastic-request.ts';
import { candidatesOf, checkScores, documentOf, hitsOf, valueAt } from './elastic-response.ts';
import { type NearestHits, nearestHits } from './nearest-hits.ts';
import { resolveIndex } from './resolve-index.ts';
import { checkDimensions, type SearchableIndex, searchableIndex } from './searchable-index.ts';

/**
 * Searches one index by vector or by text. Works on an index that `elasticWriter` filled and on any other.
 *
 * The graph may miss documents. If it finds fewer than `depth`, `whenShort` decides: in an index that `elasticWriter`
 * filled, the matching documents are counted, and if some are missing, an exact search replaces the answer.
 *
 * @typeParam P the payload's fields, which are returned as they are in the database
 * @throws RetrievalError `invalid-options`
 *
 * @example
 * import { Client } from '@elastic/elasticsearch';
 * import { elasticSource, elasticWriter } from '@secondpass/adapter-elastic';
 * const client = new Client({ node: process.env['ELASTICSEARCH_URL'] ?? 'http://localhost:9200' });
 * const writer = elasticWriter({ client, index: 'articles' });
 * await writer.prepare({ dimensions: 2 });
 * const vector = Float32Array.of(1, 0);
 * await writer.write([{ id: '1', text: 'Yeast.', vector, digest: 'a', payload: { year: 1929 } }]);
 * await writer.finish();
 * const source = elasticSource<{ year: number }>({ client, index: 'articles' });
 * const [found] = await source.search({ query: { text: 'bread', vector }, depth: 10 });
 * found?.payload?.year; // → 1929
 * await client.close();
 */
export function elasticSource<P extends object = Payload>(options: ElasticSourceOptions): CandidateSource<P> {
  checkElasticOptions('source', options);
  const index = resolveIndex(options);
  const { client, name } = index;
  const {
    match = 'vector',
    search = 'hnsw',
    numCandidates,
    quantize,
    oversample,
    requestTimeoutMs = 10_000,
    whenShort,
    routing,
  } = options;
  const asked = { match, ...(quantize && { quantize }) };
  if (routing !== undefined && index.tenantField === undefined)
    refuse('invalid-options', 'routing is "tenant" and tenantField is missing.', 'Set tenantField.');
  let checked: SearchableIndex | undefined;
  let closed = false;

  return {
    name,
    input: match,
    get similarity() {
      return match === 'vector' && checked?.similarity === 'cosine' ? checked.similarity : undefined;
    },
    async search(request: CandidateRequest) {
      checkCandidateRequest(request, name, mostCandidates);
      const { query, depth, filter, tenant, signal, onDegraded } = request;
      signal?.throwIfAborted();
      if (closed) refuse('closed', 'The source is closed.', 'Make a new one.');
      const { text, vector } = query;
      if (match === 'text') checkQuery(text, name);
      else checkQueryVector(vector, name);
      const conditions = conditionsOf(tenant, filter);
      const engine = engineFor(tenant, signal);
      const shapeOf = async () => searchableIndex(await inspectIndex(index, engine), index, asked);
      const find = async (shape: SearchableIndex): Promise<NearestHits> => {
        const filters = conditions.map((part) => filterQuery(part, shape.conditions, name));
        checkRouted(shape);
        const ours = shape.marker !== undefined;
        const { vectorFields } = shape;
        const plan = { index: index.index, fields: index.fields, vectorFields, ours, depth, filters };
        if (match === 'text') {
          const hits = hitsOf(await engine.search(textRequest({ ...plan, text })), name);
          return { hits, unchecked: false };
        }
        checkDimensions(vector!.length, shape.dimensions, index);
        const problem = vectorProblem(vector!, shape.similarity);
        if (problem !== undefined)
          refuse('invalid-query', `The query vector ${problem}.`, 'Embed the text again.');
        const rescored =
          shape.quantize === undefined
            ? undefined
            : candidatesToRescore({
                depth,
                quantize: shape.quantize,
                oversample: oversample ?? shape.oversample,
              });
        const vectorPlan = { ...plan, vector: vector!, numCandidates, rescored };
        return nearestHits({
          engine,
          plan: vectorPlan,
          search,
          vectorIndex: shape.vectorIndex,
          whenShort: whenShort ?? (ours ? 'exact' : 'accept'),
          origin: name,
        });
      };
      const known = checked;
      try {
        let shape = known ?? (await shapeOf());
        let { hits, unchecked } = await find(shape);
        // Another index under the same name, perhaps half-filled, may have replaced the one that was checked.
        if (known?.marker && valueAt(hits[0]?._source, 'secondpass.filling') !== known.marker.filling) {
          shape = await shapeOf();
          if (shape.marker?.filling !== known.marker.filling) ({ hits, unchecked } = await find(shape));
        }
        checked = shape;
        checkScores(hits, name);
        const similarity = match === 'text' ? undefined : shape.similarity;
        const candidates = candidatesOf<P>(hits, {
          fields: index.fields,
          ours: shape.marker !== undefined,
          similarity,
        });
        if (unchecked) {
          const reason = `${name}: the index found ${hits.length} of ${depth} candidates, and whether there are more was not checked (whenShort is "accept").`;
          onDegraded?.({ stage: 'search', reason });
        }
        return candidates;
      } catch (error) {
        // The index may have been deleted or replaced since; the next search checks it again.
        checked = undefined;
        if (signal?.aborted) throw signal.reason;
        const told = elasticError(error, name);
        if (told.code !== 'source-failed' || !isBadRequest(error) || !hasNative(filter)) throw told;
        const { problem, cause } = told;
        throw new RetrievalError({
          code: 'invalid-filter',
          origin: name,
          problem,
          nextStep: 'Correct the native filter.',
          cause,
        });
      }
    },
    async fetch(request: FetchRequest) {
      checkFetchRequest(request, name);
      const { ids, filter, tenant, signal } = request;
      signal?.throwIfAborted();
      if (closed) refuse('closed', 'The source is closed.', 'Make a new one.');
      const conditions = conditionsOf(tenant, filter);
      if (ids.length === 0) return [];
      const engine = engineFor(tenant, signal);
      try {
        const shape = searchableIndex(await inspectIndex(index, engine), index, asked);
        checkRouted(shape);
        const ours = shape.marker !== undefined;
        const { fields } = index;
        const filters = conditions.map((part) => filterQuery(part, shape.conditions, name));
        const { vectorFields } = shape;
        const plan = { index: index.index, fields, vectorFields, ours, depth: ids.length, filters, ids };
        const hits = hitsOf(await engine.search(idsRequest(plan)), name);
        const documents = hits.map((hit) => documentOf(hit, { fields, ours, similarity: undefined }));
        const found = new Map(documents.map((document) => [document.id, document]));
        return ids.flatMap((id) => found.get(id) ?? []);
      } catch (error) {
        if (signal?.aborted) throw signal.reason;
        throw elasticError(error, name);
      }
    },
    async close() {
      closed = true;
    },
  };

  function engineFor(tenant: string | undefined, signal: AbortSignal | undefined) {
    const limits = { timeoutMs: requestTimeoutMs, signal };
    if (routing === undefined) return engineOf(client, limits);
    // A search may name several routings, separated by commas; a document has one.
    if (tenant?.includes(','))
      refuse(
        'invalid-options',
        'The tenant has a comma, and routing is "tenant".',
        'Rename it, or leave routing out.',
      );
    return engineOf(client, { ...limits, routing: tenant });
  }

  /** The writer finds documents by their ids alone, so it does not route them by tenant. */
  function checkRouted({ marker }: SearchableIndex): void {
    if (routing === undefined || marker === undefined) return;
    refuse(
      'invalid-options',
      `routing is "tenant", and elasticWriter filled ${index.index}, which spreads tenants over all shards.`,
      'Leave routing out.',
    );
  }

  /** Both must hold: the tenant's stands next to the caller's filter, not inside of it. */
  function conditionsOf(tenant: string | undefined, filter: Filter | undefined): readonly Filter[] {
    checkTenant(tenant, index);
    return [
      ...(index.tenantField !== undefined && tenant !== undefined
        ? [{ field: index.tenantField, eq: tenant }]
        : []),
      ...(filter === undefined ? [] : [parseFilter(filter, name)]),
    ];
  }

  function refuse(code: RetrievalError['code'], problem: string, nextStep: string): never {
    throw new RetrievalError({ code, origin: name, problem, nextStep });
  }
}
