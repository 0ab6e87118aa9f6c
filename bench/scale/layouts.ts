import { elasticFromConfig } from '@secondpass/adapter-elastic';
import { pgvectorFromConfig } from '@secondpass/adapter-pgvector';
import type { CandidateSource, DocumentWriter } from '@secondpass/core';

/** What of a search can be traded for recall, by the engine's own name for it. */
export type SearchSetting = Readonly<Record<string, number>>;

/** One way to store and index vectors. */
export interface Layout {
  readonly engine: 'pgvector' | 'elastic';
  readonly label: string;
  /** What a configuration file would say, but for address and name. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Searched with after the defaults, to show what more recall costs. */
  readonly settings: readonly SearchSetting[];
}

export const layouts: Readonly<Record<string, Layout>> = {
  'pgvector-vector': {
    engine: 'pgvector',
    label: 'PostgreSQL, HNSW over vector',
    config: {},
    settings: [{ efSearch: 200 }, { efSearch: 400 }],
  },
  'pgvector-halfvec': {
    engine: 'pgvector',
    label: 'PostgreSQL, HNSW over halfvec',
    config: { vectorType: 'halfvec' },
    settings: [{ efSearch: 200 }, { efSearch: 400 }],
  },
  'pgvector-binary': {
    engine: 'pgvector',
    label: 'PostgreSQL, HNSW over bits, rescored by halfvec',
    config: { vectorType: 'halfvec', quantize: 'binary' },
    settings: [{ oversample: 8 }, { oversample: 10 }],
  },
  'elastic-hnsw': {
    engine: 'elastic',
    label: 'Elasticsearch, hnsw',
    config: { vectors: { type: 'hnsw' } },
    settings: [{ numCandidates: 400 }],
  },
  'elastic-int8': {
    engine: 'elastic',
    label: 'Elasticsearch, int8_hnsw',
    config: { quantize: 'int8' },
    settings: [{ numCandidates: 400 }],
  },
  'elastic-bbq': {
    engine: 'elastic',
    label: 'Elasticsearch, bbq_hnsw, rescored by float32',
    config: { quantize: 'binary', oversample: 3 },
    settings: [{ oversample: 5 }, { oversample: 10 }],
  },
};

export interface OpenedLayout {
  readonly source: CandidateSource;
  readonly writer: DocumentWriter;
  close(): Promise<void>;
}

/** The layout's table or index, through the adapter, as a configuration file opens it. */
export async function openLayout(
  { engine, config }: Layout,
  url: string,
  table: string,
  setting: SearchSetting = {},
): Promise<OpenedLayout> {
  if (engine === 'pgvector') {
    return pgvectorFromConfig({
      url,
      table,
      poolSize: 32,
      // Those of a busy machine.
      connectionTimeoutMs: 120_000,
      statementTimeoutMs: 120_000,
      ...config,
      ...setting,
    });
  }
  return elasticFromConfig({ url, index: table, requestTimeoutMs: 600_000, ...config, ...setting });
}
