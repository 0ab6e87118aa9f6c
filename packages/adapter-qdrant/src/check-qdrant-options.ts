import {
  areHeaders,
  checkOptions,
  flag,
  fusionSchema,
  integer,
  isHeaderValue,
  number,
  oneOf,
  text,
} from '@secondpass/core/extend';
import { z } from 'zod';
import { isQdrantClient, type QdrantClientLike } from './qdrant-client.ts';
import {
  isCollectionName,
  isFieldPath,
  isTopLevelField,
  isVectorName,
  longestVectorName,
  reservedField,
} from './qdrant-names.ts';

const milliseconds = integer(1, 2_147_483_647).optional();
const quantize = oneOf(['int8', 'binary']).optional();
const field = `a payload field without " and \\, other than "${reservedField}"`;

const client = z.custom<QdrantClientLike>(isQdrantClient, 'a QdrantClient of @qdrant/js-client-rest');

/** What says which collection it is. */
const collection = {
  collection: z.custom<string>(
    isCollectionName,
    'a name such as "articles", of 1 to 255 bytes of UTF-8 without < > : " / \\ | ? *',
  ),
  name: text.optional(),
  vectorName: z
    .custom<string>(
      isVectorName,
      `a string of at most ${longestVectorName} bytes without control characters; "" is the vector without a name`,
    )
    .optional(),
  sparseVectorName: z
    .custom<string>(
      (value) => isVectorName(value) && value !== '',
      'a non-empty name other than that of the dense vector',
    )
    .optional(),
  textField: z.custom<string>(isTopLevelField, field).optional(),
  payloadField: z
    .custom<string | null>((value) => value === null || isTopLevelField(value), `null, or ${field}`)
    .optional(),
  tenantField: z.custom<string>(isFieldPath, 'a payload field such as "tenant" or "owner.id"').optional(),
  shardKey: z
    .union([z.literal('tenant'), z.strictObject({ fallback: text })], {
      error: '"tenant", or an object such as { fallback: "shared" }',
    })
    .optional(),
  consistency: z
    .union([integer(1, 1000), oneOf(['majority', 'quorum', 'all'])], {
      error: 'an integer from 1 to 1,000, or one of majority, quorum, all',
    })
    .optional(),
  requestTimeoutMs: milliseconds,
};

/** The options of each function but its client; a configuration has those of all of them. */
export const optionShapes = {
  reader: collection,
  source: {
    ...collection,
    match: oneOf(['vector', 'text']).optional(),
    efSearch: integer(1, 10_000).optional(),
    exact: flag.optional(),
    whenShort: oneOf(['exact', 'accept']).optional(),
    quantize,
    oversample: integer(1, 100).optional(),
  },
  writer: {
    ...collection,
    metric: oneOf(['cosine', 'inner-product', 'l2']).optional(),
    index: z
      .union(
        [
          z.literal(false),
          z.strictObject({
            m: integer(2, 100).optional(),
            efConstruction: integer(4, 10_000).optional(),
          }),
        ],
        { error: 'false, or an object with m and efConstruction' },
      )
      .optional(),
    quantize,
    ordering: oneOf(['weak', 'medium', 'strong']).optional(),
    cluster: z
      .strictObject({
        shardNumber: integer(1, 100_000).optional(),
        replicationFactor: integer(1, 1000).optional(),
        writeConsistencyFactor: integer(1, 1000).optional(),
        readFanOutFactor: integer(0, 1000).optional(),
        readFanOutDelayMs: integer(0, 60_000).optional(),
      })
      .optional(),
    lexical: z
      .union(
        [
          z.boolean(),
          z.strictObject({
            k1: number(0, 100).optional(),
            b: number(0, 1).optional(),
            averageLength: number(1, 1_000_000).optional(),
          }),
        ],
        { error: 'true, false, or an object with k1, b and averageLength' },
      )
      .optional(),
    payloadIndexes: z
      .record(
        z.string().refine(isFieldPath, 'a payload field without " and \\'),
        oneOf(['string', 'number', 'boolean']),
      )
      .optional(),
    stringOrder: flag.optional(),
    finishTimeoutMs: milliseconds,
  },
  tokenVectors: {
    collection: collection.collection,
    name: collection.name,
    requestTimeoutMs: milliseconds,
  },
};

interface Named {
  readonly vectorName?: string | undefined;
  readonly sparseVectorName?: string | undefined;
  readonly textField?: string | undefined;
  readonly payloadField?: string | null | undefined;
  readonly tenantField?: string | undefined;
  readonly shardKey?: unknown;
}

const optionsFit = <S extends z.ZodObject>(schema: S) =>
  schema
    .refine(
      (options) => {
        const { vectorName = '', sparseVectorName = 'text' } = options as Named;
        return vectorName !== sparseVectorName;
      },
      {
        path: ['sparseVectorName'],
        error: 'a name other than that of the dense vector; it is "text" unless it is set',
      },
    )
    .refine(
      (options) => {
        const { textField = 'text', payloadField = 'payload' } = options as Named;
        return textField !== payloadField;
      },
      { path: ['payloadField'], error: 'another field than textField; it is "payload" unless it is set' },
    )
    .refine(
      (options) => {
        const { tenantField, shardKey } = options as Named;
        return shardKey === undefined || tenantField !== undefined;
      },
      { path: ['shardKey'], error: 'it together with tenantField' },
    );

const { reader, source, writer, tokenVectors } = optionShapes;

const schemas = {
  reader: optionsFit(z.strictObject({ ...reader, client })),
  source: optionsFit(z.strictObject({ ...source, client })),
  writer: optionsFit(z.strictObject({ ...writer, client })),
  tokenVectors: z.strictObject({ ...tokenVectors, client }),
};

/** @throws RetrievalError `invalid-options` with the `path` of the option */
export function checkQdrantOptions(of: keyof typeof schemas, options: unknown): void {
  const { name, collection } = (options ?? {}) as { readonly name?: unknown; readonly collection?: unknown };
  const origin =
    typeof name === 'string' ? name : typeof collection === 'string' ? `qdrant:${collection}` : 'qdrant';
  checkOptions<z.ZodType>(schemas[of], options, { origin });
}

const config = optionsFit(
  z.strictObject({
    url: z.custom<string>(isUrl, 'a URL such as https://host:6333, without user and password'),
    apiKey: z
      .custom<string>(
        (value) => value !== '' && isHeaderValue(value),
        'a non-empty string without line breaks',
      )
      .optional(),
    headers: z
      .custom<Readonly<Record<string, string>>>(areHeaders, 'an object of strings without line breaks')
      .optional(),
    maxConnections: integer(1, 10_000).optional(),
    ...source,
    ...writer,
    match: oneOf(['vector', 'text', 'hybrid']).optional(),
    fusion: fusionSchema(2).optional(),
  }),
).refine(({ match, fusion }) => fusion === undefined || match === 'hybrid', {
  path: ['fusion'],
  error: 'it with match: "hybrid" only, or leave it out',
});

/** @throws RetrievalError `invalid-config`, whose `path` leads to the key; it never shows the value of a secret */
export function checkQdrantConfig(given: unknown): void {
  const secret = ['url', 'apiKey', 'headers'];
  checkOptions(config, given, { origin: 'qdrant', code: 'invalid-config', secret });
}

/** The client ignores a URL's user, password and query. */
function isUrl(value: unknown): boolean {
  if (typeof value !== 'string' || !/^https?:\/\//.test(value) || !URL.canParse(value)) return false;
  const { username, password, search, hash } = new URL(value);
  return username + password + search + hash === '';
}
