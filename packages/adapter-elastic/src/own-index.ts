import { isDeepStrictEqual } from 'node:util';
import { RetrievalError } from '@secondpass/core';
import { checkQuantize, describeValue } from '@secondpass/core/extend';
import type { ElasticEngine } from './elastic-engine.ts';
import {
  type FieldMapping,
  fieldMapping,
  type IndexMarker,
  type IndexShape,
  indexMappings,
  inspectIndex,
  newMarker,
} from './elastic-mapping.ts';
import type { ElasticWriterOptions } from './elastic-options.ts';
import { checkQuantizable, quantizationOf } from './elastic-quantization.ts';
import type { ElasticIndex } from './resolve-index.ts';

/** @throws RetrievalError `invalid-options` unless the writer can create these fields */
export function checkOwnFields({ fields, name }: ElasticIndex): void {
  for (const [key, field] of Object.entries(fields)) {
    if (field !== null && !field.includes('.') && field !== 'native') continue;
    throw new RetrievalError({
      code: 'invalid-options',
      origin: name,
      problem: `fields.${key} is ${describeValue(field)}, and the writer creates it.`,
      nextStep: 'Use a name without dots, other than "native".',
      path: ['fields', key],
    });
  }
}

/** Creates the index, unless another process has created it meanwhile. */
export async function createIndex(
  index: ElasticIndex,
  options: ElasticWriterOptions,
  dimensions: number,
  engine: ElasticEngine,
): Promise<IndexShape> {
  checkQuantizable(options.quantize, dimensions, index.name);
  const marker = newMarker(index, dimensions);
  const mappings = indexMappings(index, options, marker);
  try {
    const settings = { ...options.settings, refresh_interval: '-1' };
    await engine.indices.create({ index: index.index, settings, mappings });
    return { mapping: mappings as FieldMapping, marker };
  } catch (error) {
    const shape = await inspectIndex(index, engine);
    if (shape === undefined) throw error;
    return shape;
  }
}

/**
 * @throws RetrievalError `source-not-found`, or `invalid-options` when the index is not the writer's or was created with
 * other options: the writer's documents would not be found
 */
export function ownMarker(
  shape: IndexShape | undefined,
  index: ElasticIndex,
  options: ElasticWriterOptions,
): IndexMarker {
  if (shape === undefined)
    return refuse('source-not-found', `There is no index ${index.index}.`, 'Call prepare first.');
  const { marker, mapping } = shape;
  if (marker === undefined) {
    return refuse(
      'invalid-options',
      `The index ${index.index} was not created by secondpass, so it is searched and never written.`,
      'Search it as it is, without indexing. To index documents, name an index that does not exist yet; it is created for you.',
    );
  }
  const { fields, metric = 'cosine', tenantField = null } = index;
  for (const [key, asked] of Object.entries({ fields, metric, tenantField })) {
    const created = marker[key as keyof IndexMarker];
    if (isDeepStrictEqual(created, asked)) continue;
    refuseForeign(
      `${key} is ${JSON.stringify(asked)} and ${index.index} was created with ${JSON.stringify(created)}.`,
    );
  }
  const vector = fieldMapping(mapping, fields.vector);
  const present = {
    name: index.name,
    place: index.index,
    quantize: vector && quantizationOf(vector.index_options),
  };
  checkQuantize(options.quantize, present);
  for (const field of Object.keys(options.nativeFields ?? {})) {
    if (mapping.properties?.['native']?.properties?.[field] !== undefined) continue;
    refuseForeign(`nativeFields names "${field}" and ${index.index} was created without it.`);
  }
  return marker;

  function refuseForeign(problem: string): never {
    return refuse('invalid-options', problem, 'Name another index to fill; it is created for you.');
  }

  function refuse(code: RetrievalError['code'], problem: string, nextStep: string): never {
    throw new RetrievalError({ code, origin: index.name, problem, nextStep });
  }
}
