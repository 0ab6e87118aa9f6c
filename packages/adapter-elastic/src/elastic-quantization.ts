import { RetrievalError } from '@secondpass/core';
import type { ElasticQuantization } from './elastic-options.ts';

const prefixes = { int8: 'int8_', int4: 'int4_', binary: 'bbq_' } as const satisfies Record<
  ElasticQuantization,
  string
>;

/** The least dimensions of Elasticsearch's index of bits. */
const fewestForBits = 64;

/** The `index_options.type` of a mapping. */
export function vectorIndexType(kind: 'hnsw' | 'flat', quantize: ElasticQuantization | undefined): string {
  return `${quantize === undefined ? '' : prefixes[quantize]}${kind}`;
}

/**
 * What the index of a field keeps of each vector to search by; undefined for the vectors themselves. A kind that this
 * adapter does not create has Elasticsearch's name.
 */
export function quantizationOf(indexOptions: { readonly type?: string } | undefined): string | undefined {
  // Servers that leave out the type in their answer chose int8.
  const { type = 'int8_hnsw' } = indexOptions ?? {};
  if (type === 'hnsw' || type === 'flat') return undefined;
  const known = Object.entries(prefixes).find(([, prefix]) => type.startsWith(prefix));
  return known?.[0] ?? type;
}

/** @throws RetrievalError `invalid-options` unless Elasticsearch can keep vectors of that length so */
export function checkQuantizable(
  quantize: ElasticQuantization | undefined,
  dimensions: number,
  origin: string,
): void {
  if (quantize === 'binary' && dimensions < fewestForBits)
    refuse(`vectors of ${fewestForBits} dimensions or more`);
  if (quantize === 'int4' && dimensions % 2 === 1) refuse('an even number of dimensions');

  function refuse(needs: string): never {
    throw new RetrievalError({
      code: 'invalid-options',
      origin,
      problem: `quantize is "${quantize}", which needs ${needs}, and these vectors have ${dimensions}.`,
      nextStep: 'Use quantize: "int8", or leave it out.',
      path: ['quantize'],
    });
  }
}
