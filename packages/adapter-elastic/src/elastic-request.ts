import { RetrievalError } from '@secondpass/core';
import { float32Digits } from '@secondpass/core/extend';
import type { ElasticObject, ElasticSearchRequest } from './elastic-client.ts';
import type { ElasticFields } from './elastic-options.ts';

/** Elasticsearch's own limit on k, num_candidates and size. */
export const mostCandidates = 10_000;

/** Hash buckets that the writer spreads documents over. */
export const buckets = 65_536;
export const bucketField = 'secondpass.bucket';
export const fillingField = 'secondpass.filling';

export interface SearchPlan {
  readonly index: string;
  readonly fields: Required<ElasticFields>;
  /** All fields of the mapping that hold vectors. */
  readonly vectorFields: readonly string[];
  /** Whether the writer created the index. */
  readonly ours: boolean;
  readonly depth: number;
  /** All of them must hold. */
  readonly filters: readonly ElasticObject[];
}

export interface VectorPlan extends SearchPlan {
  readonly vector: Float32Array;
  readonly numCandidates?: number | undefined;
  /** Where the index is quantized: how many candidates are compared again by their full vectors. */
  readonly rescored?: number | undefined;
}

/** Nearest neighbors by the graph. */
export function vectorRequest(plan: VectorPlan): ElasticSearchRequest {
  const { depth, numCandidates = Math.max(100, Math.ceil(depth * 1.5)) } = plan;
  const nearest = Math.min(Math.max(depth, plan.rescored ?? 0), mostCandidates);
  const kept = Math.max(nearest, Math.min(numCandidates, mostCandidates));
  return request(plan, { knn: [knn(plan, nearest, kept, [])] });
}

/**
 * Nearest neighbors by comparing with every document that matches the filters, without a script: a graph search that
 * may keep as many candidates as there are documents compares with all of them. More than 10,000 documents are
 * searched in parts, by hash of the id, and Elasticsearch merges the parts. A quantized index compares all of them again by
 * their full vectors.
 *
 * @param matching number of documents that match the filters
 * @returns undefined when there are too many of them and the index lacks those hashes
 */
export function exactRequest(plan: VectorPlan, matching: number): ElasticSearchRequest | undefined {
  const nearest = plan.rescored === undefined ? plan.depth : mostCandidates;
  if (matching <= mostCandidates) return request(plan, { knn: [knn(plan, nearest, mostCandidates, [])] });
  if (!plan.ours) return undefined;
  // Half of the limit on average: random variation is only a few hundred.
  const parts = Math.ceil(matching / (mostCandidates / 2));
  const bounds = Array.from({ length: parts + 1 }, (_, part) => Math.round((part * buckets) / parts));
  return request(plan, {
    knn: bounds
      .slice(1)
      .map((to, part) =>
        knn(plan, nearest, mostCandidates, [{ range: { [bucketField]: { gte: bounds[part], lt: to } } }]),
      ),
  });
}

/** BM25 over the text. */
export function textRequest(plan: SearchPlan & { readonly text: string }): ElasticSearchRequest {
  const { fields, text, filters } = plan;
  return request(plan, {
    query: { bool: { must: [{ match: { [fields.text]: { query: text } } }], filter: filters } },
  });
}

/** Documents by id. */
export function idsRequest(plan: SearchPlan & { readonly ids: readonly string[] }): ElasticSearchRequest {
  const { ids, filters } = plan;
  return request(plan, { query: { bool: { filter: [{ ids: { values: ids } }, ...filters] } } });
}

/** Documents that have a vector and match the filters. */
export function matchingQuery({ fields, filters }: Pick<SearchPlan, 'fields' | 'filters'>): ElasticObject {
  return { bool: { filter: [{ exists: { field: fields.vector } }, ...filters] } };
}

function request(plan: SearchPlan, ask: Pick<ElasticSearchRequest, 'knn' | 'query'>): ElasticSearchRequest {
  const { index, fields, vectorFields, ours, depth } = plan;
  const { text, payload } = fields;
  return {
    index,
    size: depth,
    // Vectors are the largest part of a document and are not needed here.
    _source:
      payload === null ? { excludes: [...vectorFields] } : [text, payload, ...(ours ? [fillingField] : [])],
    track_total_hits: false,
    // An answer without the failed shards would look complete.
    allow_partial_search_results: false,
    ...ask,
  };
}

function knn(plan: VectorPlan, nearest: number, numCandidates: number, more: readonly ElasticObject[]) {
  return {
    field: plan.fields.vector,
    query_vector: float32Digits(plan.vector),
    k: nearest,
    num_candidates: numCandidates,
    filter: [...plan.filters, ...more],
    // The `k` nearest by the quantized vectors are compared again, and the answer keeps the best of them.
    ...(plan.rescored !== undefined && { rescore_vector: { oversample: 1 } }),
  };
}

/** @throws RetrievalError `invalid-query` unless the vector can be compared */
export function checkQueryVector(
  vector: Float32Array | undefined,
  origin: string,
): asserts vector is Float32Array {
  const wrong = vector === undefined || vector.length === 0 ? 'is missing' : nonFinite(vector);
  if (wrong === undefined) return;
  throw new RetrievalError({
    code: 'invalid-query',
    origin,
    problem: `The query vector ${wrong}.`,
    nextStep: 'Pass the vector that an Embedder made of the text; TwoStageRetriever does so.',
  });
}

/** @returns what is wrong with the numbers of a vector, or undefined */
export function vectorProblem(vector: Float32Array, similarity: string | undefined): string | undefined {
  if (similarity === 'cosine' && vector.every((value) => value === 0))
    return 'is all zeros and has no direction';
  return nonFinite(vector);
}

function nonFinite(vector: Float32Array): string | undefined {
  const index = vector.findIndex((value) => !Number.isFinite(value));
  return index < 0 ? undefined : `has ${vector[index]} at position ${index}`;
}
