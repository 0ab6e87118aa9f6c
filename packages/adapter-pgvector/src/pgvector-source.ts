import { type CandidateSource, type Payload, RetrievalError } from '@secondpass/core';
import { candidatesToRescore, checkQuantize } from '@secondpass/core/extend';
import { checkPgvectorOptions } from './check-pgvector-options.ts';
import { placePayload } from './payload-place.ts';
import type { PgvectorSourceOptions } from './pgvector-options.ts';
import { checkQueryVector, searchSettings, searchStatement } from './pgvector-request.ts';
import { candidatesOf } from './pgvector-response.ts';
import { checkDimensions, type TableMarker, type TableShape } from './pgvector-table.ts';
import { resolveTable } from './resolve-table.ts';
import { type CheckedRequest, searchingSource } from './searching-source.ts';
import { TenantSizes } from './tenant-sizes.ts';

/**
 * In a relaxed order, the nearest of a tenant may come after others: of so many times `depth` rows the nearest are taken.
 */
const widerForTenants = 2;

/**
 * Searches one table by vector. Works on a table that `pgvectorWriter` filled and on any other.
 *
 * An index may miss rows. If it finds fewer than `depth`, `whenShort` decides: in a table that `pgvectorWriter`
 * filled, an exact scan checks the answer first.
 *
 * @typeParam P the payload's fields, which are returned as they are in the database
 * @throws RetrievalError `invalid-options`
 *
 * @example
 * import { pgvectorSource, pgvectorWriter } from '@secondpass/adapter-pgvector';
 * import pg from 'pg';
 * const client = new pg.Pool({ connectionString: process.env['DATABASE_URL'] });
 * const writer = pgvectorWriter({ client, table: 'articles' });
 * await writer.prepare({ dimensions: 2 });
 * const vector = Float32Array.of(1, 0);
 * await writer.write([{ id: '1', text: 'Yeast.', vector, digest: 'a', payload: { year: 1929 } }]);
 * await writer.finish();
 * const source = pgvectorSource<{ year: number }>({ client, table: 'articles' });
 * const [found] = await source.search({ query: { text: 'bread', vector }, depth: 10 });
 * found?.payload?.year; // → 1929
 * await client.end();
 */
export function pgvectorSource<P extends object = Payload>(
  options: PgvectorSourceOptions,
): CandidateSource<P> {
  checkPgvectorOptions('source', options);
  const table = resolveTable(options);
  const { name, metric, columns } = table;
  const {
    search = 'hnsw',
    // In strict order, an index that has to read past many other tenants' passages was measured to miss more.
    iterativeScan = options.tenantField === undefined ? 'strict' : 'relaxed',
    statementTimeoutMs = 10_000,
    preparedStatements = true,
    probes = 20,
    efSearch,
    maxScanTuples,
    quantize,
    oversample,
    whenShort,
    replicas,
    maxReplicaLagMs,
  } = options;
  const scan = { iterativeScan, probes, statementTimeoutMs, efSearch, maxScanTuples } as const;
  const tenantSizes = new TenantSizes(table);
  let isQuantized = false;
  const isRelaxed = table.tenantField !== undefined && search === 'hnsw' && iterativeScan === 'relaxed';
  const settings = (depth: number, filtered: boolean, how = search) => [
    ...searchSettings({ ...scan, search: how, depth, filtered }),
    // A plan for any tenant would be one for a small tenant, and slow for a large one.
    ...(table.tenantField === undefined ? [] : ['SET LOCAL plan_cache_mode = force_custom_plan']),
  ];

  return searchingSource(table, {
    input: 'vector',
    similarity: metric === 'cosine' ? metric : undefined,
    needs: ['id', 'text', 'vector', 'payload'],
    preparedStatements,
    statementTimeoutMs,
    replicas,
    maxReplicaLagMs,
    async search(request, ask) {
      checkQueryVector(request.query.vector, metric, name);
      const { depth } = request;
      const filtered = request.filter !== undefined || table.tenantField !== undefined;
      const candidatesByBits = candidatesToRescore({ depth, quantize: 'binary', oversample });
      const hasBits = ({ marker }: TableShape) => search === 'hnsw' && marker?.quantize !== undefined;
      const askIndex = () =>
        ask(
          settings(isQuantized ? candidatesByBits : depth, filtered),
          (known, isTenantSmall) => {
            if (isTenantSmall) return statementFor(request, known);
            if (hasBits(known)) return statementFor(request, known, { byBits: candidatesByBits });
            return statementFor(request, known, isRelaxed ? { wider: depth * widerForTenants } : {});
          },
          'index',
          (known) =>
            search === 'exact' || request.tenant === undefined
              ? undefined
              : tenantSizes.sizing(known, request.tenant, depth),
        );
      let { rows, shape, isTenantSmall } = await askIndex();
      if (hasBits(shape) && !isQuantized && !isTenantSmall) {
        // The settings of the first search were made before the table was known, for fewer candidates.
        isQuantized = true;
        ({ rows, shape, isTenantSmall } = await askIndex());
      }
      const short = search !== 'exact' && !isTenantSmall && rows.length < depth;
      const accept = (whenShort ?? (shape.marker ? 'exact' : 'accept')) === 'accept';
      if (short && !accept) {
        ({ rows } = await ask(settings(1, true, 'exact'), (known) => statementFor(request, known), 'exact'));
      }
      return { candidates: candidatesOf(rows, metric, name), unchecked: short && accept };
    },
  });

  function statementFor(
    { query: { vector }, depth, filter, tenant }: CheckedRequest,
    shape: TableShape,
    first: { readonly byBits?: number; readonly wider?: number } = {},
  ) {
    const { columns: present, dimensions, marker } = shape;
    const vectorType = table.vectorCast?.type ?? present.get(columns.vector)!;
    checkQueryVector(vector, metric, name, vectorType);
    checkDimensions(vector.length, dimensions, table);
    if (quantize !== undefined)
      checkQuantize(quantize, { name, place: table.table, quantize: marker?.quantize });
    if (marker && search !== 'exact') checkIndex(marker);
    return searchStatement({
      table: placePayload(table, shape),
      metric,
      vectorType,
      vector,
      depth,
      ...first,
      filter,
      tenant,
      withTable: marker !== undefined,
    });
  }

  /** Without the index that was built, a search would use no index, or one that searches too little. */
  function checkIndex(marker: TableMarker): void {
    const refuse = (key: string, asked: string, built: string): never => {
      throw new RetrievalError({
        code: 'invalid-options',
        origin: name,
        problem: `${key} is "${asked}" and ${table.table} was indexed for "${built}".`,
        nextStep: 'Use the same, or search: "exact".',
      });
    };
    if (marker.metric !== metric) refuse('metric', metric, marker.metric);
    if (marker.index !== undefined && marker.index !== search) refuse('search', search, marker.index);
  }
}
