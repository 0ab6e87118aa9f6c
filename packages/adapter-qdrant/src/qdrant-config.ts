import { RetrievalError } from '@secondpass/core';
import { areHeaders, describeAsJson, isHeaderValue } from '@secondpass/core/extend';
import type { Fusion } from '@secondpass/core/sources';
import type { QdrantSourceOptions, QdrantWriterOptions } from './qdrant-options.ts';

/**
 * The adapter as data, for a configuration file. Everything but the connection is as in {@link QdrantSourceOptions}
 * and {@link QdrantWriterOptions}.
 */
export interface QdrantConfig extends Omit<QdrantSourceOptions & QdrantWriterOptions, 'client' | 'match'> {
  /** `https://host:6333`, with a path where a proxy puts Qdrant under one. Without a port it is 6333. */
  readonly url: string;
  /** Sent as the header `api-key`; over https only it stays secret. */
  readonly apiKey?: string;
  /** Further headers of every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Connections opened at most. @default 25 */
  readonly maxConnections?: number;
  /** Searches by vector, by text, or by both and fuses what they find. With `text` and `hybrid`, `lexical` is on. @default 'vector' */
  readonly match?: 'vector' | 'text' | 'hybrid';
  /** With `match: 'hybrid'`: how the two lists become one; `weights` are those of vector and text. @default rrf with k = 60 */
  readonly fusion?: Fusion;
}

const origin = 'qdrant';
const text = (expected: string) => (value: unknown) =>
  typeof value === 'string' && value !== '' ? undefined : expected;
const flag = (value: unknown) => (typeof value === 'boolean' ? undefined : 'true or false');
const object = (expected: string) => (value: unknown) => (isRecord(value) ? undefined : expected);

const keys: Readonly<Record<keyof QdrantConfig, (value: unknown) => string | undefined>> = {
  url: (value) => (isUrl(value) ? undefined : 'a URL such as https://host:6333, without user and password'),
  apiKey: (value) =>
    value !== '' && isHeaderValue(value) ? undefined : 'a non-empty string without line breaks',
  headers: (value) => (areHeaders(value) ? undefined : 'an object of strings without line breaks'),
  maxConnections: integer(1, 10_000),
  collection: text('a collection name such as "articles"'),
  name: text('a non-empty string'),
  vectorName: (value) =>
    typeof value === 'string' ? undefined : 'a string; "" is the vector without a name',
  sparseVectorName: text('a non-empty string'),
  textField: text('a payload field such as "text"'),
  payloadField: (value) =>
    value === null ? undefined : text('a payload field such as "payload", or null')(value),
  tenantField: text('a payload field such as "tenant"'),
  requestTimeoutMs: integer(1, 2_147_483_647),
  match: oneOf('vector', 'text', 'hybrid'),
  fusion: (value) =>
    isRecord(value) && ['rrf', 'weighted'].includes(value['method'] as string)
      ? undefined
      : 'an object with method "rrf" or "weighted"',
  efSearch: integer(1, 10_000),
  exact: flag,
  whenShort: oneOf('exact', 'accept'),
  quantization: object('an object with rescore and oversampling'),
  metric: oneOf('cosine', 'inner-product', 'l2'),
  index: (value) =>
    value === false || isRecord(value) ? undefined : 'false, or an object with m and efConstruction',
  quantize: oneOf('int8', 'binary'),
  lexical: (value) =>
    typeof value === 'boolean' || isRecord(value)
      ? undefined
      : 'true, false, or an object with k1, b and averageLength',
  payloadIndexes: object('an object such as {"lang": "string", "year": "number"}'),
  stringOrder: flag,
  finishTimeoutMs: integer(1, 2_147_483_647),
};

const innerKeys = {
  index: ['m', 'efConstruction'],
  quantization: ['rescore', 'oversampling'],
  lexical: ['k1', 'b', 'averageLength'],
  fusion: ['method', 'k', 'weights'],
} as const;

const secret: readonly string[] = ['url', 'apiKey', 'headers'];

/** @throws RetrievalError `invalid-config`, naming the key, its value (never that of url, apiKey and headers) and what was expected */
export function checkConfig(config: QdrantConfig): QdrantConfig {
  if (!isRecord(config)) refuse('The configuration', config, 'an object with url and collection');
  for (const [key, value] of Object.entries(config)) {
    if (!Object.hasOwn(keys, key)) refuseKey(key, Object.keys(keys));
    if (value === undefined) continue;
    const expected = keys[key as keyof QdrantConfig](value);
    if (expected !== undefined) refuse(key, value, expected);
  }
  if (config.url === undefined) refuse('url', undefined, 'a URL such as https://host:6333');
  if (config.collection === undefined)
    refuse('collection', undefined, 'a collection name such as "articles"');
  for (const [key, allowed] of Object.entries(innerKeys) as [keyof typeof innerKeys, readonly string[]][]) {
    const value: unknown = config[key];
    for (const inner of isRecord(value) ? Object.keys(value) : []) {
      if (!allowed.includes(inner)) refuseKey(`${key}.${inner}`, allowed);
    }
  }
  return Object.fromEntries(
    Object.entries(config).filter(([, value]) => value !== undefined),
  ) as unknown as QdrantConfig;
}

function refuse(key: string, value: unknown, expected: string): never {
  const shown =
    value !== undefined && secret.includes(key)
      ? 'is not usable'
      : `is ${value === undefined ? 'missing' : describeAsJson(value)}`;
  throw new RetrievalError({
    code: 'invalid-config',
    origin,
    problem: `${key} ${shown}.`,
    nextStep: `Use ${expected}.`,
  });
}

function refuseKey(key: string, allowed: readonly string[]): never {
  throw new RetrievalError({
    code: 'invalid-config',
    origin,
    problem: `${key} is not a setting.`,
    nextStep: `Use ${allowed.join(', ')}.`,
  });
}

/** The client drops user and password of a URL, and a query would be lost as well. */
function isUrl(value: unknown): boolean {
  if (typeof value !== 'string' || !/^https?:\/\//.test(value) || !URL.canParse(value)) return false;
  const { username, password, search, hash } = new URL(value);
  return username + password + search + hash === '';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function integer(least: number, most: number): (value: unknown) => string | undefined {
  return (value) =>
    Number.isInteger(value) && Number(value) >= least && Number(value) <= most
      ? undefined
      : `an integer from ${least} to ${most.toLocaleString('en')}`;
}

function oneOf(...words: readonly string[]): (value: unknown) => string | undefined {
  return (value) => (words.includes(value as string) ? undefined : `one of ${words.join(', ')}`);
}
