import { RetrievalError } from '@secondpass/core';
import { areHeaders, describeAsJson, isHeaderValue } from '@secondpass/core/extend';
import type { Fusion } from '@secondpass/core/sources';
import { type ElasticSourceOptions, type ElasticWriterOptions, vectorIndexTypes } from './elastic-options.ts';

/**
 * The adapter as data, for a configuration file. `url` says where; sign in by `apiKey`, or by `username` and `password`.
 * Everything else is as in {@link ElasticSourceOptions} and {@link ElasticWriterOptions}.
 */
export interface ElasticConfig extends Omit<ElasticSourceOptions & ElasticWriterOptions, 'client' | 'match'> {
  /** Searches by vector, by text, or by both and fuses what they find. @default 'vector' */
  readonly match?: 'vector' | 'text' | 'hybrid';
  /** With `match: 'hybrid'`: how the two lists become one; `weights` are those of vector and text. @default rrf with k = 60 */
  readonly fusion?: Fusion;
  /** `https://host:9200`; a list for the nodes of one cluster. */
  readonly url: string | readonly string[];
  /** As Elasticsearch gives it, base64. */
  readonly apiKey?: string;
  /** With `password`, instead of an API key. @default none */
  readonly username?: string;
  /** Given with `username`. No error shows it. @default none */
  readonly password?: string;
  /** Sent with every request, such as what a proxy asks for. */
  readonly headers?: Readonly<Record<string, string>>;
  /** PEM file of the authority that signed the server's certificate. */
  readonly caFile?: string;
}

const origin = 'elastic';

const keys: Readonly<Record<keyof ElasticConfig, (value: unknown) => string | undefined>> = {
  url: (value) => (isUrls(value) ? undefined : 'a URL such as https://host:9200, without user and password'),
  apiKey: (value) =>
    value !== '' && isHeaderValue(value) ? undefined : 'a non-empty string without line breaks',
  username: text,
  password: text,
  headers: (value) => (areHeaders(value) ? undefined : 'an object of strings without line breaks'),
  caFile: text,
  index: text,
  name: text,
  tenantField: text,
  analyzer: text,
  metric: oneOf('cosine', 'inner-product', 'l2'),
  match: oneOf('vector', 'text', 'hybrid'),
  fusion: (value) =>
    isRecord(value) && ['rrf', 'weighted'].includes(value['method'] as string)
      ? undefined
      : 'an object with method ("rrf" or "weighted"), and k or weights if you like',
  search: oneOf('hnsw', 'exact'),
  whenShort: oneOf('exact', 'accept'),
  numCandidates: integer(1, 10_000),
  rescoreOversample: integer(1, 10),
  requestTimeoutMs: integer(1, 2_147_483_647),
  retries: integer(0, 20),
  fields: (value) => (isRecord(value) ? undefined : 'an object with text, vector and payload'),
  vectors: (value) => (isRecord(value) ? undefined : 'an object with type, m and efConstruction'),
  nativeFields: (value) => (isRecord(value) ? undefined : 'an object of field mappings'),
  settings: (value) => (isRecord(value) ? undefined : 'an object of index settings'),
};

const secrets: readonly string[] = ['url', 'apiKey', 'username', 'password', 'headers'];
const innerKeys = {
  fields: ['text', 'vector', 'payload'],
  vectors: ['type', 'm', 'efConstruction'],
  fusion: ['method', 'k', 'weights'],
} as const;

/** @throws RetrievalError `invalid-config`, naming the key, its value (never that of a secret) and what was expected */
export function checkConfig(config: ElasticConfig): ElasticConfig {
  if (!isRecord(config)) refuse('The configuration', config, 'an object with url and index');
  for (const [key, value] of Object.entries(config)) {
    if (!Object.hasOwn(keys, key)) refuseKey(key, Object.keys(keys));
    if (value === undefined) continue;
    const expected = keys[key as keyof ElasticConfig](value);
    if (expected !== undefined) refuse(key, value, expected);
  }
  for (const key of ['url', 'index'] as const) {
    if (config[key] === undefined) refuse(key, undefined, keys[key](undefined)!);
  }
  if ((config.username === undefined) !== (config.password === undefined)) {
    refuse('username and password', undefined, 'both of them');
  }
  if (config.apiKey !== undefined && config.username !== undefined) {
    refuse('apiKey', config.apiKey, 'either an API key or username and password');
  }
  for (const key of ['fields', 'vectors', 'fusion'] as const) {
    for (const inner of Object.keys(config[key] ?? {})) {
      const allowed: readonly string[] = innerKeys[key];
      if (!allowed.includes(inner)) refuseKey(`${key}.${inner}`, allowed);
    }
  }
  const { type } = config.vectors ?? {};
  if (type !== undefined && !vectorIndexTypes.includes(type))
    refuse('vectors.type', type, `one of ${vectorIndexTypes.join(', ')}`);
  return Object.fromEntries(
    Object.entries(config).filter(([, value]) => value !== undefined),
  ) as unknown as ElasticConfig;
}

function refuse(key: string, value: unknown, expected: string): never {
  const shown =
    value === undefined
      ? 'is missing'
      : secrets.includes(key)
        ? 'is not usable'
        : `is ${describeAsJson(value)}`;
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

/** A password in a URL would show up wherever the URL does. */
function isUrls(value: unknown): boolean {
  // A sparse list has holes, which every() passes over.
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

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? undefined : 'a non-empty string';
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
