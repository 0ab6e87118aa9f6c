import { randomUUID } from 'node:crypto';
import { RetrievalError } from '@secondpass/core';
import type { ElasticObject } from './elastic-client.ts';
import type { ElasticEngine } from './elastic-engine.ts';
import { elasticError } from './elastic-error.ts';
import type { ElasticFields, ElasticMetric, ElasticWriterOptions } from './elastic-options.ts';
import { vectorIndexType } from './elastic-quantization.ts';
import type { ElasticIndex } from './resolve-index.ts';
import { tokenField } from './token-conditions.ts';

/** The writer's notes about its own index, in the mapping's `_meta`: they are deleted with the index. */
export interface IndexMarker {
  readonly dimensions: number;
  readonly metric: ElasticMetric;
  readonly tenantField: string | null;
  readonly fields: Required<ElasticFields>;
  /** False from `prepare` until the first `finish`: a half-filled index would answer as if it were complete. */
  readonly whole: boolean;
  /** Stored in every document too, so that another index under the same name is noticed. */
  readonly filling: string;
}

/** The part of a mapping that is read. */
export interface FieldMapping {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, FieldMapping>>;
  readonly fields?: Readonly<Record<string, FieldMapping>>;
  readonly dims?: number;
  readonly similarity?: string;
  readonly element_type?: string;
  readonly index?: boolean;
  readonly index_options?: {
    readonly type?: string;
    readonly rescore_vector?: { readonly oversample?: number };
  };
  readonly _meta?: { readonly secondpass?: IndexMarker };
}

export interface IndexShape {
  readonly mapping: FieldMapping;
  /** Undefined for an index that the writer did not create. */
  readonly marker: IndexMarker | undefined;
}

export const similarities: Readonly<Record<ElasticMetric, string>> = {
  cosine: 'cosine',
  'inner-product': 'max_inner_product',
  l2: 'l2_norm',
};

/** @returns undefined when there is no such index */
export async function inspectIndex(
  index: ElasticIndex,
  engine: ElasticEngine,
): Promise<IndexShape | undefined> {
  let answer: Record<string, { readonly mappings?: FieldMapping }>;
  try {
    answer = (await engine.indices.getMapping({ index: index.index })) as typeof answer;
  } catch (error) {
    const told = elasticError(error, index.name);
    if (told.code === 'source-not-found') return undefined;
    throw error;
  }
  const entries = Object.entries(answer);
  if (entries.length > 1) {
    throw new RetrievalError({
      code: 'invalid-options',
      origin: index.name,
      problem: `${index.index} is an alias of ${entries.length} indices.`,
      nextStep: 'Name one of them; ids are unique within one index only.',
    });
  }
  const mapping = entries[0]?.[1].mappings;
  return mapping && { mapping, marker: mapping._meta?.secondpass };
}

/** The mapping of one field; dots reach into objects. */
export function fieldMapping(mapping: FieldMapping, path: string): FieldMapping | undefined {
  let found: FieldMapping | undefined = mapping;
  for (const key of path.split('.')) {
    if (found?.type === 'flattened' || found?.type === 'nested') return found;
    const properties: FieldMapping['properties'] = found?.properties;
    found = properties !== undefined && Object.hasOwn(properties, key) ? properties[key] : undefined;
  }
  return found;
}

/** Paths of the fields that hold vectors of any kind. */
export function vectorFields({ properties = {} }: FieldMapping, parent = ''): readonly string[] {
  return Object.entries(properties).flatMap(([key, mapping]) => {
    const path = `${parent}${key}`;
    return mapping.type?.endsWith('_vector') ? [path] : vectorFields(mapping, `${path}.`);
  });
}

export function newMarker(index: ElasticIndex, dimensions: number): IndexMarker {
  const { metric = 'cosine', tenantField = null } = index;
  return { dimensions, metric, tenantField, fields: index.fields, whole: false, filling: randomUUID() };
}

export function indexMappings(
  index: ElasticIndex,
  options: ElasticWriterOptions,
  marker: IndexMarker,
): ElasticObject {
  const { text, vector, payload } = index.fields;
  const { type = 'hnsw', m, efConstruction } = options.vectors ?? {};
  const unsearched = { type: 'keyword', index: false, doc_values: false };
  const [, tokens] = tokenField.split('.');
  return {
    dynamic: false,
    _meta: { secondpass: marker },
    properties: {
      [text]: { type: 'text', analyzer: options.analyzer ?? 'standard' },
      ...(payload !== null && { [payload]: unsearched }),
      [vector]: {
        type: 'dense_vector',
        dims: marker.dimensions,
        similarity: similarities[marker.metric],
        index_options: {
          type: vectorIndexType(type, options.quantize),
          ...(m !== undefined && { m }),
          ...(efConstruction !== undefined && { ef_construction: efConstruction }),
        },
      },
      ...(options.nativeFields && { native: { properties: options.nativeFields } }),
      secondpass: {
        properties: {
          [tokens!]: { type: 'keyword', doc_values: false },
          bucket: { type: 'integer', doc_values: false },
          digest: unsearched,
          filling: unsearched,
        },
      },
    },
  };
}
