import { isDeepStrictEqual } from 'node:util';
import { RetrievalError } from '@secondpass/core';
import { checkQuantize } from '@secondpass/core/extend';
import type { FieldConditions } from './elastic-filter.ts';
import {
  fieldMapping,
  type IndexMarker,
  type IndexShape,
  similarities,
  vectorFields,
} from './elastic-mapping.ts';
import type { ElasticSourceOptions } from './elastic-options.ts';
import { quantizationOf } from './elastic-quantization.ts';
import { mappedConditions } from './mapped-conditions.ts';
import type { ElasticIndex } from './resolve-index.ts';
import { tokenConditions } from './token-conditions.ts';

/** What a search needs to know about its index. */
export interface SearchableIndex {
  readonly marker: IndexMarker | undefined;
  readonly conditions: FieldConditions;
  readonly dimensions: number | undefined;
  /** All fields that hold vectors; answers leave them out. */
  readonly vectorFields: readonly string[];
  /** As the mapping names it. */
  readonly similarity: string | undefined;
  /** Kind of the vector index, such as `int8_hnsw`. */
  readonly vectorIndex: string | undefined;
  /** What it keeps of each vector to search by; undefined for the vectors themselves. */
  readonly quantize: string | undefined;
  /** What its owner set for comparing again; undefined for an index that the writer created. */
  readonly oversample: number | undefined;
}

/**
 * @throws RetrievalError `source-not-found`, `source-incomplete`, or `invalid-options` when the index does not fit the
 * options
 */
export function searchableIndex(
  shape: IndexShape | undefined,
  index: ElasticIndex,
  { match, quantize }: Pick<ElasticSourceOptions, 'match' | 'quantize'>,
): SearchableIndex {
  if (shape === undefined) {
    return refuse(
      'source-not-found',
      `There is no index ${index.index}.`,
      'Index documents first, or name another.',
    );
  }
  const { mapping, marker } = shape;
  if (marker && !marker.whole) {
    refuse(
      'source-incomplete',
      `The first filling of ${index.index} has not finished.`,
      'Run indexing again; it goes on where it stopped.',
    );
  }
  checkTenants(marker);
  const { fields } = index;
  if (marker && !isDeepStrictEqual(marker.fields, fields)) {
    refuse(
      'invalid-options',
      `fields is ${JSON.stringify(fields)} and ${index.index} was filled with ${JSON.stringify(marker.fields)}.`,
      'Set fields as they were when the index was filled.',
    );
  }
  if (fieldMapping(mapping, fields.text) === undefined) refuseField('text', fields.text);
  const conditions = marker ? tokenConditions : mappedConditions(mapping, fields.payload, index.name);
  const vector = fieldMapping(mapping, fields.vector);
  if (match === 'vector') {
    if (vector?.type !== 'dense_vector') return refuseField('vector', fields.vector);
    const { element_type: element = 'float', index: indexed = true } = vector;
    if (!indexed || (element !== 'float' && element !== 'bfloat16')) {
      refuse(
        'invalid-options',
        `The field "${fields.vector}" holds ${indexed ? `${element} vectors` : 'vectors that are not indexed'}.`,
        'Set fields.vector to an indexed dense_vector of floats.',
      );
    }
    checkMetric(vector.similarity ?? 'cosine');
    if (quantize !== undefined) {
      checkQuantize(quantize, {
        name: index.name,
        place: index.index,
        quantize: quantizationOf(vector.index_options),
      });
    }
  }
  return {
    marker,
    conditions,
    dimensions: vector?.dims,
    vectorFields: vectorFields(mapping),
    similarity: vector?.similarity ?? 'cosine',
    vectorIndex: vector?.index_options?.type,
    quantize: vector && quantizationOf(vector.index_options),
    oversample: marker ? undefined : vector?.index_options?.rescore_vector?.oversample || undefined,
  };

  function checkTenants(marker: IndexMarker | undefined): void {
    if (marker === undefined || marker.tenantField === (index.tenantField ?? null)) return;
    const holds =
      marker.tenantField === null ? 'has no tenants' : `separates tenants by "${marker.tenantField}"`;
    refuse(
      'invalid-options',
      `${index.index} ${holds}.`,
      'Set tenantField as it was when the index was filled.',
    );
  }

  function checkMetric(similarity: string): void {
    const { metric } = index;
    const fits = metric === undefined || similarity === similarities[metric];
    if (fits || (similarity === 'dot_product' && metric === 'inner-product')) return;
    refuse(
      'invalid-options',
      `metric is "${metric}" and ${index.index} compares by ${similarity}.`,
      'Leave metric out, or name another index.',
    );
  }

  function refuseField(key: 'text' | 'vector', field: string): never {
    return refuse(
      'source-not-found',
      `The index ${index.index} has no ${key === 'vector' ? 'dense_vector ' : ''}field "${field}"; it has ${Object.keys(shape?.mapping.properties ?? {}).join(', ') || 'none'}.`,
      `Set fields.${key}.`,
    );
  }

  function refuse(code: RetrievalError['code'], problem: string, nextStep: string): never {
    throw new RetrievalError({ code, origin: index.name, problem, nextStep });
  }
}

/** @throws RetrievalError `dimension-mismatch` */
export function checkDimensions(length: number, expected: number | undefined, index: ElasticIndex): void {
  if (expected === undefined || length === expected) return;
  throw new RetrievalError({
    code: 'dimension-mismatch',
    origin: index.name,
    problem: `The vector has ${length} elements and ${index.index} holds vectors of ${expected}.`,
    nextStep: 'Use the model that the index was filled with, or another index.',
  });
}
