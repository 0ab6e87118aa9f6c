import {
  areHeaders,
  checkOptions,
  fusionSchema,
  integer,
  isHeaderValue,
  oneOf,
  text,
} from '@secondpass/core/extend';
import { z } from 'zod';
import { type ElasticClient, type ElasticObject, isElasticClient } from './elastic-client.ts';
import { isFieldName, isIndexName, isPayloadField } from './elastic-names.ts';
import { mostCandidates } from './elastic-request.ts';

const fieldName = z
  .custom<string>(isFieldName, 'a field name without wildcards, such as "text" or "article.text"')
  .optional();

const object = (expected: string) =>
  z
    .custom<ElasticObject>(
      (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
      expected,
    )
    .optional();

const client = z.custom<ElasticClient>(isElasticClient, 'a Client of @elastic/elasticsearch');

const quantize = oneOf(['int8', 'int4', 'binary']).optional();

/** What says which index it is. */
const index = {
  index: z.custom<string>(
    isIndexName,
    'the name of one index, such as "articles": no wildcard, comma, slash or capital',
  ),
  name: text.optional(),
  fields: z
    .strictObject({
      text: fieldName,
      vector: fieldName,
      payload: z
        .custom<string | null>(
          (value) => value === null || isFieldName(value),
          'null, or a field name without wildcards, such as "payload" or "article.payload"',
        )
        .optional(),
    })
    .refine(
      ({ text = 'text', vector = 'vector', payload = 'payload' }) =>
        new Set([text, vector, payload]).size === 3,
      'another name for each field',
    )
    .optional(),
  metric: oneOf(['cosine', 'inner-product', 'l2']).optional(),
  tenantField: z.custom<string>(isPayloadField, 'a payload field such as "customer"').optional(),
  requestTimeoutMs: integer(1, 2_147_483_647).optional(),
};

/** The options of each function but its client; a configuration has those of all of them. */
export const optionShapes = {
  reader: index,
  source: {
    ...index,
    match: oneOf(['vector', 'text']).optional(),
    search: oneOf(['hnsw', 'exact']).optional(),
    numCandidates: integer(1, mostCandidates).optional(),
    quantize,
    oversample: integer(1, 100).optional(),
    routing: oneOf(['tenant']).optional(),
    whenShort: oneOf(['exact', 'accept']).optional(),
  },
  writer: {
    ...index,
    vectors: z
      .strictObject({
        type: oneOf(['hnsw', 'flat']).optional(),
        m: integer(2, 512).optional(),
        efConstruction: integer(2, 3200).optional(),
      })
      .optional(),
    quantize,
    analyzer: text.optional(),
    nativeFields: object('an object of field mappings, or leave it out'),
    settings: object('an object of index settings, or leave it out'),
    retries: integer(0, 20).optional(),
  },
};

const { reader, source, writer } = optionShapes;

const schemas = {
  reader: z.strictObject({ ...reader, client }),
  source: z.strictObject({ ...source, client }),
  writer: z.strictObject({ ...writer, client }),
};

/** @throws RetrievalError `invalid-options` with the `path` of the option */
export function checkElasticOptions(of: keyof typeof schemas, options: unknown): void {
  const { name, index } = (options ?? {}) as { readonly name?: unknown; readonly index?: unknown };
  const origin = typeof name === 'string' ? name : typeof index === 'string' ? `elastic:${index}` : 'elastic';
  checkOptions(schemas[of], options, { origin });
}

const config = z
  .strictObject({
    url: z.custom<string | readonly string[]>(
      isUrls,
      'a URL such as https://host:9200, without user and password',
    ),
    apiKey: z
      .custom<string>(
        (value) => value !== '' && isHeaderValue(value),
        'a non-empty string without line breaks',
      )
      .optional(),
    username: text.optional(),
    password: text.optional(),
    headers: z
      .custom<Readonly<Record<string, string>>>(areHeaders, 'an object of strings without line breaks')
      .optional(),
    caFile: text.optional(),
    ...source,
    ...writer,
    match: oneOf(['vector', 'text', 'hybrid']).optional(),
    fusion: fusionSchema(2).optional(),
  })
  .refine(({ username, password }) => username === undefined || password !== undefined, {
    path: ['password'],
    error: 'username and password together',
  })
  .refine(({ username, password }) => password === undefined || username !== undefined, {
    path: ['username'],
    error: 'username and password together',
  })
  .refine(({ apiKey, username }) => apiKey === undefined || username === undefined, {
    path: ['apiKey'],
    error: 'either an API key, or username and password',
  })
  .refine(({ match, fusion }) => fusion === undefined || match === 'hybrid', {
    path: ['fusion'],
    error: 'it with match: "hybrid" only, or leave it out',
  });

/** @throws RetrievalError `invalid-config`, whose `path` leads to the key; it never shows the value of a secret */
export function checkElasticConfig(given: unknown): void {
  const secret = ['url', 'apiKey', 'username', 'password', 'headers'];
  checkOptions(config, given, { origin: 'elastic', code: 'invalid-config', secret });
}

/** A password in a URL would show up wherever the URL does. */
function isUrls(value: unknown): boolean {
  // every() skips the holes of a sparse list.
  const urls: readonly unknown[] = Array.isArray(value) ? [...value] : [value];
  return (
    urls.length > 0 &&
    urls.every((url) => {
      if (typeof url !== 'string' || !/^https?:\/\//.test(url) || !URL.canParse(url)) return false;
      const { username, password } = new URL(url);
      return username === '' && password === '';
    })
  );
}
