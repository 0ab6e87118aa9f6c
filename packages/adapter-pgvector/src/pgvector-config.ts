import { RetrievalError } from '@secondpass/core';
import { describeAsJson } from '@secondpass/core/extend';
import type { Fusion } from '@secondpass/core/sources';
import type {
  PgvectorSourceOptions,
  PgvectorTextSourceOptions,
  PgvectorWriterOptions,
} from './pgvector-options.ts';
import { isIdentifier } from './resolve-table.ts';

/**
 * The adapter as data, for a configuration file. Exactly one of `url`, `directory` and `memory` says where.
 * Everything else is as in {@link PgvectorSourceOptions}, {@link PgvectorTextSourceOptions} and
 * {@link PgvectorWriterOptions}.
 */
export interface PgvectorConfig
  extends Omit<PgvectorSourceOptions, 'client'>,
    Pick<PgvectorTextSourceOptions, 'language'>,
    Pick<PgvectorWriterOptions, 'index' | 'vectorType' | 'textSearch'> {
  /** `postgres://user:password@host:5432/database`, with `?sslmode=verify-full` where the server is not yours alone. */
  readonly url?: string;
  /** Keeps an embedded PostgreSQL (PGlite) in this directory. One process at a time. */
  readonly directory?: string;
  /** An embedded PostgreSQL that is gone when the process ends. */
  readonly memory?: true;
  /** With `url`: connections opened at most. @default 10 */
  readonly poolSize?: number;
  /** With `url`: how long to wait for a connection, in milliseconds. @default 10_000 */
  readonly connectionTimeoutMs?: number;
  /** Searches by vector, by text, or by both and fuses what they find. With `text` and `hybrid` the writer stores lexemes. @default 'vector' */
  readonly match?: 'vector' | 'text' | 'hybrid';
  /** With `match: 'hybrid'`: how the two lists become one; `weights` are those of vector and text. @default rrf with k = 60 */
  readonly fusion?: Fusion;
}

const origin = 'pgvector';

const keys: Readonly<Record<keyof PgvectorConfig, (value: unknown) => string | undefined>> = {
  url: (value) =>
    isPostgresUrl(value) ? undefined : 'a URL such as postgres://user:password@host:5432/database',
  directory: (value) =>
    typeof value === 'string' && value.trim() !== '' ? undefined : 'a path of a directory',
  memory: (value) => (value === true ? undefined : 'true, or leave it out'),
  poolSize: integer(1, 1000),
  connectionTimeoutMs: integer(1, 2_147_483_647),
  table: (value) =>
    typeof value === 'string' && value !== '' ? undefined : 'a table name such as "articles"',
  name: nonEmpty,
  metric: oneOf('cosine', 'inner-product', 'l2'),
  match: oneOf('vector', 'text', 'hybrid'),
  fusion: (value) =>
    isRecord(value) && ['rrf', 'weighted'].includes(value['method'] as string)
      ? undefined
      : 'an object with method "rrf" or "weighted"',
  tenantField: nonEmpty,
  language: (value) => (isIdentifier(value) ? undefined : 'a text search configuration such as "english"'),
  search: oneOf('hnsw', 'ivfflat', 'exact'),
  iterativeScan: oneOf('off', 'strict', 'relaxed'),
  whenShort: oneOf('exact', 'accept'),
  efSearch: integer(1, 1000),
  probes: integer(1, 32_768),
  maxScanTuples: integer(1, 2_147_483_647),
  statementTimeoutMs: integer(1, 2_147_483_647),
  preparedStatements: (value) => (typeof value === 'boolean' ? undefined : 'true or false'),
  columns: (value) => (isRecord(value) ? undefined : 'an object with id, text, vector and payload'),
  vectorType: oneOf('vector', 'halfvec'),
  index: (value) => (value === false || isRecord(value) ? undefined : 'false, or an object with kind'),
  textSearch: (value) =>
    value === false || isRecord(value) ? undefined : 'false, or an object with language',
};

const innerKeys = {
  columns: ['id', 'text', 'vector', 'payload', 'lexemes'],
  index: ['kind', 'm', 'efConstruction', 'lists'],
  textSearch: ['language'],
  fusion: ['method', 'k', 'weights'],
} as const;

/** @throws RetrievalError `invalid-config`, naming the key, its value (never that of `url`) and what was expected */
export function checkConfig(config: PgvectorConfig): PgvectorConfig {
  if (!isRecord(config))
    refuse('The configuration', config, 'an object with url, directory or memory, and table');
  for (const [key, value] of Object.entries(config)) {
    if (!Object.hasOwn(keys, key)) refuseKey(key, Object.keys(keys));
    if (value === undefined) continue;
    const expected = keys[key as keyof PgvectorConfig](value);
    if (expected !== undefined) refuse(key, key === 'url' ? undefined : value, expected);
  }
  const places = (['url', 'directory', 'memory'] as const).filter((key) => config[key] !== undefined);
  if (places.length !== 1) {
    refuse('url, directory and memory', places, 'exactly one of them to say where the table is');
  }
  if (config.table === undefined) refuse('table', undefined, 'a table name such as "articles"');
  const { weights, k } = (config.fusion ?? {}) as { weights?: unknown; k?: unknown };
  const numbers = Array.isArray(weights) ? [...weights, k ?? 1] : [k ?? 1];
  if (
    (weights !== undefined && !Array.isArray(weights)) ||
    !numbers.every((value) => typeof value === 'number')
  ) {
    refuse('fusion', config.fusion, 'a number for k and two numbers for weights');
  }
  for (const key of ['columns', 'index', 'textSearch', 'fusion'] as const) {
    for (const inner of Object.keys(config[key] || {})) {
      const allowed: readonly string[] = innerKeys[key];
      if (!allowed.includes(inner)) refuseKey(`${key}.${inner}`, allowed);
    }
  }
  return Object.fromEntries(
    Object.entries(config).filter(([, value]) => value !== undefined),
  ) as unknown as PgvectorConfig;
}

function refuse(key: string, value: unknown, expected: string): never {
  const shown =
    key === 'url'
      ? 'is not a PostgreSQL URL'
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

function nonEmpty(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? undefined : 'a non-empty string';
}

function isPostgresUrl(value: unknown): boolean {
  return typeof value === 'string' && /^postgres(?:ql)?:\/\//.test(value) && URL.canParse(value);
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
