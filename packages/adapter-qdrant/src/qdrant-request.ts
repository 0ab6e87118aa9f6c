import { type Filter, RetrievalError } from '@secondpass/core';
import { float32Digits } from '@secondpass/core/extend';
import { queryVector } from './bm25.ts';
import { foreignPointId, pointId } from './point-id.ts';
import { type FilterTarget, filterCondition, pathOf, tenantCondition } from './qdrant-filter.ts';
import { reservedField } from './qdrant-names.ts';
import type { QdrantSourceOptions } from './qdrant-options.ts';
import type { QdrantCollection } from './resolve-collection.ts';
import { shardsOf } from './shard-keys.ts';

export interface SearchPlan {
  readonly match?: QdrantSourceOptions['match'];
  readonly efSearch?: number | undefined;
  readonly exact?: boolean;
  /** The longest `timeout` that the collection's strict mode allows, in seconds. */
  readonly mostSeconds?: number | undefined;
  /** Where the vector is quantized: how many times `depth` candidates are compared again by their full vectors. */
  readonly oversampling?: number | undefined;
  readonly collection: QdrantCollection;
  readonly target: FilterTarget;
  readonly query: { readonly text: string; readonly vector?: Float32Array };
  readonly depth: number;
  readonly filter?: Filter | undefined;
  readonly tenant?: string | undefined;
}

/** @returns the body of `POST /collections/{name}/points/query`, or undefined when the query has no terms */
export function searchRequest(plan: SearchPlan): Readonly<Record<string, unknown>> | undefined {
  const { collection, match = 'vector', query, depth, mostSeconds = Number.POSITIVE_INFINITY } = plan;
  const filter = searchFilter(plan);
  const common = {
    limit: depth,
    with_vector: false,
    with_payload: wantedPayload(collection),
    // In seconds: slightly longer than ours, so that our own timeout reports first; strict mode may allow less.
    timeout: Math.min(Math.ceil(collection.requestTimeoutMs / 1000) + 1, mostSeconds),
    ...(filter && { filter }),
    ...shardsOf(collection, plan.tenant),
    ...collection.reads,
  };
  if (match === 'text') {
    const sparse = queryVector(query.text);
    if (sparse.indices.length === 0) return undefined;
    return { ...common, query: sparse, using: collection.sparseVectorName };
  }
  const params = searchParams(plan);
  return {
    ...common,
    query: float32Digits(query.vector!),
    ...(collection.vectorName !== '' && { using: collection.vectorName }),
    ...(params && { params }),
  };
}

/**
 * The body of `POST /collections/{name}/points/scroll` that gives points by id.
 *
 * @returns undefined if no point can have one of the ids
 */
export function fetchRequest(
  plan: Pick<SearchPlan, 'collection' | 'target' | 'filter' | 'tenant'> & { readonly ids: readonly string[] },
): Readonly<Record<string, unknown>> | undefined {
  const { ids, target, collection } = plan;
  const points = ids.flatMap((id) => (target.ours ? pointId(id) : (foreignPointId(id) ?? [])));
  if (points.length === 0) return undefined;
  const must = [{ has_id: points }, ...(searchFilter(plan)?.must ?? [])];
  return {
    filter: { must },
    ...shardsOf(collection, plan.tenant),
    ...collection.reads,
    limit: points.length,
    with_vector: false,
    with_payload: wantedPayload(collection),
  };
}

function searchFilter({
  collection,
  target,
  filter,
  tenant,
}: Pick<SearchPlan, 'collection' | 'target' | 'filter' | 'tenant'>):
  | { readonly must: readonly unknown[] }
  | undefined {
  const { tenantField } = collection;
  const must = [
    ...(tenantField !== undefined && tenant !== undefined
      ? [tenantCondition(tenantField, tenant, target)]
      : []),
    ...(filter === undefined ? [] : [filterCondition(filter, target)]),
  ];
  return must.length === 0 ? undefined : { must };
}

function searchParams({
  efSearch,
  exact,
  oversampling,
}: SearchPlan): Readonly<Record<string, unknown>> | undefined {
  const params = {
    ...(efSearch !== undefined && { hnsw_ef: efSearch }),
    ...(exact && { exact }),
    // Of int8, Qdrant itself would return the scores of the smaller vectors. An exact search reads no smaller vectors.
    ...(oversampling !== undefined && !exact && { quantization: { rescore: true, oversampling } }),
  };
  return Object.keys(params).length === 0 ? undefined : params;
}

/** Everything except the writer's own data and its data for filters, which may be as large as the rest. */
function wantedPayload({ textField, payloadField }: QdrantCollection): Readonly<Record<string, unknown>> {
  if (payloadField === null)
    return { exclude: [pathOf([reservedField, 'order']), pathOf([reservedField, 'digest'])] };
  return {
    include: [
      pathOf([textField]),
      pathOf([payloadField]),
      pathOf([reservedField, 'id']),
      pathOf([reservedField, 'json']),
    ],
  };
}

/** @throws RetrievalError `invalid-query` unless the vector can be compared */
export function checkQueryVector(
  vector: Float32Array | undefined,
  origin: string,
): asserts vector is Float32Array {
  const problem =
    vector === undefined
      ? 'The query has no vector.'
      : vector.length === 0
        ? 'The query vector is empty.'
        : vectorProblem(vector) && `The query vector ${vectorProblem(vector)}.`;
  if (problem === undefined) return;
  throw new RetrievalError({
    code: 'invalid-query',
    origin,
    problem,
    nextStep: 'Pass the vector that an Embedder made of the text; TwoStageRetriever does so.',
  });
}

/** @returns what is wrong with the numbers of a vector, or undefined */
export function vectorProblem(vector: Float32Array): string | undefined {
  const index = vector.findIndex((value) => !Number.isFinite(value));
  return index >= 0 ? `has ${vector[index]} at position ${index}` : undefined;
}

export function isZero(vector: Float32Array): boolean {
  return vector.every((value) => value === 0);
}
