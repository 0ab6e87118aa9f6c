import {
  abortSignal,
  checkOptions,
  flag,
  fusionSchema,
  integer,
  listOf,
  oneOf,
  text,
} from '@secondpass/core/extend';
import { z } from 'zod';
import { clientKind, type PgvectorClient, type PgvectorPool } from './pgvector-client.ts';
import {
  holds,
  isColumnList,
  isIdentifier,
  isPayloadField,
  isTableName,
  parseVectorColumn,
} from './pgvector-names.ts';
import { digestColumn, lexemesColumn, tenantColumn } from './pgvector-table.ts';

const milliseconds = integer(1, 2_147_483_647).optional();
const quantize = z
  .literal(
    'binary',
    '"binary"; PostgreSQL has no index of bytes, and vectorType: "halfvec" halves vectors and index',
  )
  .optional();
const columnName = z.custom<string>(isIdentifier, 'a column name of at most 63 bytes').optional();
const language = z
  .custom<string>(isIdentifier, 'a text search configuration such as "english", "german" or "simple"')
  .optional();

const columns = z.strictObject({
  id: columnName,
  text: columnName,
  vector: z
    .custom<string>(
      (value) => parseVectorColumn(value) !== undefined,
      'a column name of at most 63 bytes, or one with a cast such as "embedding::halfvec(3072)"',
    )
    .optional(),
  payload: z
    .custom<string | null | readonly string[]>(
      (value) => value === null || isIdentifier(value) || isColumnList(value),
      'a column name, a list of different ones, or null; each has at most 63 bytes',
    )
    .optional(),
  lexemes: columnName,
});

const client = z.custom<PgvectorClient>(
  (value) => clientKind(value) !== undefined,
  'a pg Pool, a connected pg Client or a PGlite instance',
);

/** A client that breaks would never be used again. */
const replicas = listOf(z.custom<PgvectorPool>((value) => clientKind(value) === 'pool', 'a pg Pool'));

const hasReplicas = ({ client, replicas }: { readonly client?: unknown; readonly replicas?: unknown }) =>
  replicas === undefined || clientKind(client) !== 'pglite';

const serverOnly = {
  path: ['replicas'],
  error: 'them with a server only, or leave them out: PGlite has none',
};

/** What says which table it is. */
const table = {
  table: z.custom<string>(
    isTableName,
    'a table name such as "articles" or "search.articles", each part at most 63 bytes',
  ),
  name: text.optional(),
  metric: oneOf(['cosine', 'inner-product', 'l2']).optional(),
  columns: columns.optional(),
  tenantField: z
    .custom<string>(isPayloadField, 'a payload field such as "customer" or "owner.id"')
    .optional(),
};

const searching = {
  ...table,
  statementTimeoutMs: milliseconds,
  preparedStatements: flag.optional(),
  maxReplicaLagMs: milliseconds,
};

const hnsw = z
  .strictObject({
    kind: z.literal('hnsw').optional(),
    m: integer(2, 100).optional(),
    efConstruction: integer(4, 1000).optional(),
  })
  .refine(({ m = 16, efConstruction = 64 }) => efConstruction >= 2 * m, {
    path: ['efConstruction'],
    error: 'at least twice as many as m, which is 16 unless it is set',
  });

const ivfflat = z.strictObject({ kind: z.literal('ivfflat'), lists: integer(1, 32_768).optional() });

/** The options of each function but its client; a configuration has those of all of them. */
export const optionShapes = {
  reader: table,
  source: {
    ...searching,
    search: oneOf(['hnsw', 'ivfflat', 'exact']).optional(),
    efSearch: integer(1, 1000).optional(),
    quantize,
    oversample: integer(1, 100).optional(),
    probes: integer(1, 32_768).optional(),
    iterativeScan: oneOf(['off', 'strict', 'relaxed']).optional(),
    maxScanTuples: integer(1, 2_147_483_647).optional(),
    whenShort: oneOf(['exact', 'accept']).optional(),
  },
  textSource: { ...searching, language },
  writer: {
    ...table,
    vectorType: oneOf(['vector', 'halfvec']).optional(),
    quantize,
    partitions: integer(2, 1000).optional(),
    index: z
      .union(
        [z.literal(false), z.discriminatedUnion('kind', [hnsw, ivfflat], { error: 'one of hnsw, ivfflat' })],
        { error: 'false, or an object such as { kind: "hnsw", m: 16 }' },
      )
      .optional(),
    textSearch: z
      .union([z.literal(false), z.strictObject({ language })], {
        error: 'false, or an object such as { language: "english" }',
      })
      .optional(),
  },
  passageStates: { table: table.table, name: table.name },
  tokenVectors: { table: table.table, name: table.name },
};

interface Described {
  readonly tenantField?: string | undefined;
  readonly columns?: z.output<typeof columns> | undefined;
  readonly partitions?: number | undefined;
  readonly index?: unknown;
}

const tenantHasColumn = ({ tenantField, columns }: Described) =>
  tenantField === undefined || !Array.isArray(columns?.payload) || holds(columns.payload, tenantField);

const listedTenant = { path: ['columns', 'payload'], error: 'a list with the column of the tenant field' };

/** The writer makes all of these columns in one table. */
function columnsDiffer({ columns = {}, partitions }: Described): boolean {
  const { id = 'id', text = 'text', vector = 'embedding', payload = 'payload' } = columns;
  const names = [id, text, vector, digestColumn, lexemesColumn];
  if (typeof payload === 'string') names.push(payload);
  if (partitions !== undefined) names.push(tenantColumn);
  return new Set(names).size === names.length;
}

const differentColumns = {
  path: ['columns'],
  error: `a different name for each, none of them "${digestColumn}", "${lexemesColumn}", or "${tenantColumn}" with partitions`,
};

/** Clusters of IVFFlat would be counted for the whole table. */
const canBeDivided = ({ partitions, tenantField, index }: Described) =>
  partitions === undefined ||
  (tenantField !== undefined && (index as { kind?: string } | undefined)?.kind !== 'ivfflat');

const dividedByTenant = {
  path: ['partitions'],
  error: 'them with tenantField, and with an index of kind hnsw or none; or leave them out',
};

/** PostgreSQL has IVFFlat over bits too, but not one that finds much. */
const hasHnsw = ({ quantize, index }: { readonly quantize?: string | undefined; readonly index?: unknown }) =>
  quantize === undefined || (index !== false && (index as { kind?: string } | undefined)?.kind !== 'ivfflat');

const hnswOnly = { path: ['quantize'], error: 'it with an index of kind hnsw, or leave it out' };

const { passageStates, reader, source, textSource, writer, tokenVectors } = optionShapes;

const schemas = {
  passageStates: z.strictObject({ ...passageStates, client }),
  reader: z.strictObject({ ...reader, client }).refine(tenantHasColumn, listedTenant),
  source: z
    .strictObject({ ...source, client, replicas: replicas.optional() })
    .refine(tenantHasColumn, listedTenant)
    .refine(hasReplicas, serverOnly),
  textSource: z
    .strictObject({ ...textSource, client, replicas: replicas.optional() })
    .refine(tenantHasColumn, listedTenant)
    .refine(hasReplicas, serverOnly),
  writer: z
    .strictObject({ client, ...writer })
    .refine(tenantHasColumn, listedTenant)
    .refine(columnsDiffer, differentColumns)
    .refine(canBeDivided, dividedByTenant)
    .refine(hasHnsw, hnswOnly),
  tokenVectors: z.strictObject({ ...tokenVectors, client }),
  replicaStates: z.strictObject({
    client,
    replicas,
    timeoutMs: milliseconds,
    signal: abortSignal.optional(),
  }),
};

/** @throws RetrievalError `invalid-options` with the `path` of the option */
export function checkPgvectorOptions(of: keyof typeof schemas, options: unknown): void {
  const { name, table } = (options ?? {}) as { readonly name?: unknown; readonly table?: unknown };
  const origin =
    typeof name === 'string' ? name : typeof table === 'string' ? `pgvector:${table}` : 'pgvector';
  checkOptions(schemas[of], options, { origin });
}

const postgresUrl = z.custom<string>(
  isPostgresUrl,
  'a URL such as postgres://user:password@host:5432/database',
);

const config = z
  .strictObject({
    url: postgresUrl.optional(),
    replicas: listOf(postgresUrl).min(1, 'at least one URL, or leave it out').optional(),
    directory: z
      .custom<string>((value) => typeof value === 'string' && value.trim() !== '', 'a path of a directory')
      .optional(),
    memory: z.literal(true, 'true, or leave it out').optional(),
    poolSize: integer(1, 1000).optional(),
    connectionTimeoutMs: milliseconds,
    ...source,
    ...textSource,
    ...writer,
    match: oneOf(['vector', 'text', 'hybrid']).optional(),
    fusion: fusionSchema(2).optional(),
  })
  .refine(tenantHasColumn, listedTenant)
  .refine(columnsDiffer, differentColumns)
  .refine(canBeDivided, dividedByTenant)
  .refine(({ match, fusion }) => fusion === undefined || match === 'hybrid', {
    path: ['fusion'],
    error: 'it with match: "hybrid" only, or leave it out',
  })
  .refine(({ url, replicas }) => replicas === undefined || url !== undefined, {
    path: ['replicas'],
    error: 'them with url only, or leave them out',
  });

/** @throws RetrievalError `invalid-config`, whose `path` leads to the key; it never shows the values of `url` and `replicas` */
export function checkPgvectorConfig(given: unknown): void {
  checkOptions(config, given, { origin: 'pgvector', code: 'invalid-config', secret: ['url', 'replicas'] });
}

const passageStatesConfig = z.strictObject({
  ...passageStates,
  url: postgresUrl,
  poolSize: integer(1, 1000).optional(),
  connectionTimeoutMs: milliseconds,
});

/** @throws RetrievalError `invalid-config`, whose `path` leads to the key; it never shows the value of `url` */
export function checkPassageStatesConfig(given: unknown): void {
  const { table } = (given ?? {}) as { readonly table?: unknown };
  const origin = typeof table === 'string' ? `pgvector:${table}` : 'pgvector';
  checkOptions(passageStatesConfig, given, { origin, code: 'invalid-config', secret: ['url'] });
}

function isPostgresUrl(value: unknown): boolean {
  return typeof value === 'string' && /^postgres(?:ql)?:\/\//.test(value) && URL.canParse(value);
}
