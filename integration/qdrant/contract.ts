import { afterAll, describe, test } from '@jest/globals';
import { QdrantClient } from '@qdrant/js-client-rest';
import {
  type QdrantWriterOptions,
  qdrantReader,
  qdrantSource,
  qdrantWriter,
} from '@secondpass/adapter-qdrant';
import { candidateSourceContract, type OpenOptions, textSourceContract } from '@secondpass/core/testing';
import { describeEngine, type NotRun } from '../engines.ts';
import type { StartedQdrant } from '../services/qdrant.ts';
import { existingCollections } from './existing-collections.ts';
import { openTestCollections } from './test-collections.ts';
import { wideningFilters } from './widening-filters.ts';

/** The fields that the contract filters on, each with an index: filters must mean the same with one. */
const payloadIndexes = {
  a: 'string',
  b: 'number',
  'c.d': 'boolean',
  'c.e': 'string',
  subject: 'string',
  minutes: 'number',
  tags: 'string',
  tested: 'boolean',
  published: 'string',
  'author.name': 'string',
} as const;

interface Variant {
  /** What source, writer and reader are told. */
  readonly layout?: { readonly vectorName: string };
  readonly written?: Partial<QdrantWriterOptions>;
  readonly exact: boolean;
}

const variants: readonly (readonly [string, Variant])[] = [
  ['exact', { exact: true }],
  [
    'HNSW, named vector, int8, lexical',
    { layout: { vectorName: 'dense' }, written: { quantize: 'int8', lexical: true }, exact: false },
  ],
  ['payload indexes', { written: { payloadIndexes }, exact: true }],
];

/** Registers the contract for one engine, in each of the ways that a collection can be laid out and asked. */
export function qdrantContract(name: string, engine: StartedQdrant | NotRun): void {
  describeEngine(name, engine, ({ url, version, stop }) => {
    const collections = openTestCollections(url);
    const nobody = new QdrantClient({ url: 'http://127.0.0.1:1', checkCompatibility: false });
    afterAll(async () => {
      await collections.drop();
      await stop();
    });

    const place = ({ tenantField, timeoutMs }: OpenOptions = {}) => ({
      client: collections.client,
      collection: collections.next(),
      ...(tenantField !== undefined && { tenantField }),
      ...(timeoutMs !== undefined && { requestTimeoutMs: timeoutMs }),
    });

    // Nothing that a filter can say keeps Qdrant busy, so that the rules of `slow` have nothing to stop.
    describe.each(variants)(`${version}: %s`, (_, { layout, written, exact }) => {
      candidateSourceContract(test, {
        open: async (wanted) => {
          const options = { ...place(wanted), ...layout };
          return {
            source: qdrantSource({ ...options, exact }),
            writer: qdrantWriter({ ...options, ...written }),
            reader: qdrantReader(options),
          };
        },
        unreachable: async () => qdrantSource({ client: nobody, collection: 'nowhere' }),
        askClient: () => collections.client.getCollections(),
        tenants: { wideningFilters },
        fetch: true,
        reader: {},
        existing: existingCollections(collections),
      });
    });

    describe(`${version}: text`, () => {
      textSourceContract(test, {
        open: async (wanted) => {
          const options = place(wanted);
          return {
            source: qdrantSource({ ...options, match: 'text' }),
            writer: qdrantWriter({ ...options, lexical: true }),
          };
        },
        unreachable: async () => qdrantSource({ client: nobody, collection: 'nowhere', match: 'text' }),
        tenants: { wideningFilters },
      });
    });
  });
}
