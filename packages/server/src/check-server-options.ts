import { RetrievalError } from '@secondpass/core';
import { checkOptions, having, integer, kind, oneOf, text } from '@secondpass/core/extend';
import { z } from 'zod';
import type { ApiKey, LogOptions, RequestLimits, ServerOptions } from './server-options.ts';

type Named<T> = ReadonlyMap<string, T>;

export interface CheckedServerOptions {
  readonly rerankers: Named<NonNullable<ServerOptions['rerankers']>[string]>;
  readonly embedders: Named<NonNullable<ServerOptions['embedders']>[string]>;
  readonly pipelines: Named<NonNullable<ServerOptions['pipelines']>[string]>;
  readonly keys: readonly ApiKey[];
  readonly limits: Required<RequestLimits>;
  readonly version: string;
  readonly log: LogOptions;
}

const name = kind<string>(
  'a name of 1 to 200 characters',
  (value) => typeof value === 'string' && value.length >= 1 && value.length <= 200,
);
const count = (most: number) => integer(1, most);
const longestTimeout = 2 ** 31 - 1;

const schema = z.strictObject({
  rerankers: z.record(name, having<object>('an object with score()', 'score')).default({}),
  embedders: z.record(name, having<object>('an object with embed()', 'embed')).default({}),
  pipelines: z.record(name, having<object>('an object with retrieve()', 'retrieve')).default({}),
  keys: z
    .array(
      z.strictObject({
        name,
        sha256: kind<string>(
          '64 hexadecimal digits: the SHA-256 of a key',
          (value) => typeof value === 'string' && /^[0-9a-f]{64}$/i.test(value),
        ),
        tenant: text.optional(),
      }),
    )
    .default([]),
  limits: z
    .strictObject({
      maxBodyBytes: count(2 ** 30).default(4 * 2 ** 20),
      maxDocuments: count(100_000).default(1000),
      maxCharacters: count(262_144).default(262_144),
      timeoutMs: count(longestTimeout).default(30_000),
      maxQueued: count(1_000_000).default(256),
      maxQueuedCharacters: count(2 ** 40).default(2 ** 26),
      maxCharactersInWork: count(2 ** 40).optional(),
    })
    .prefault({}),
  cores: count(256).default(1),
  version: z.string().default('0.0.0'),
  log: z
    .strictObject({
      level: oneOf(['debug', 'info', 'warn', 'error', 'silent']).optional(),
      stream: having<object>('an object with write()', 'write').optional(),
    })
    .default({}),
});

/** @throws RetrievalError `invalid-options`, naming the option */
export function checkServerOptions(options: ServerOptions): CheckedServerOptions {
  const checked = checkOptions(schema, options, { origin: 'server', secret: ['keys'] });
  const { limits, cores, ...rest } = checked;
  const { rerankers = {}, embedders = {}, pipelines = {} } = options;
  if ([rerankers, embedders, pipelines].every((parts) => Object.keys(parts).length === 0)) {
    throw refuse('There is nothing to serve.', 'Give a named reranker, embedder or pipeline.');
  }
  const names = rest.keys.map((key) => key.name);
  const twice = names.find((one, index) => names.indexOf(one) !== index);
  if (twice !== undefined)
    throw refuse(`Two keys have the name ${twice}.`, 'Give each key a different name.');
  return {
    rerankers: new Map(Object.entries(rerankers)),
    embedders: new Map(Object.entries(embedders)),
    pipelines: new Map(Object.entries(pipelines)),
    keys: options.keys ?? [],
    limits: { ...limits, maxCharactersInWork: limits.maxCharactersInWork ?? 32_768 * cores },
    version: rest.version,
    log: options.log ?? {},
  };
}

function refuse(problem: string, nextStep: string): RetrievalError {
  return new RetrievalError({ code: 'invalid-options', origin: 'server', problem, nextStep });
}
