import { longPassagePolicies } from '@secondpass/core/models';
import type { StatePrecision } from '@secondpass/precomputed-passages';
import type { RemoteService } from '@secondpass/reranker-remote';
import { z } from 'zod';
import { type RerankerKind, rerankerKinds } from '../local-models/reranker-kind.ts';
import { cascadeSchema, failoverSchema } from './composed-reranker-schema.ts';
import { integer, running, share } from './config-values.ts';

/** As the package has them; to import it here would load it for every command. */
const statePrecisions = ['float32', 'float16', 'int8'] as const satisfies readonly StatePrecision[];

const ofCrossEncoders = {
  ...running,
  longPassages: z.enum(longPassagePolicies).optional(),
  chunkOverlap: integer(0, 4096).optional(),
  maxChunks: integer(1, 256).optional(),
  topChunks: integer(1, 256).optional(),
  maxQueryShare: share(0.05, 0.95).optional(),
  passageCacheBytes: integer(0, 2 ** 40).optional(),
  probe: z.boolean().optional(),
  /** Store of the lower layers' states of passages: a folder, relative to the file's, or a table in PostgreSQL. */
  precomputed: z
    .strictObject({
      directory: z.string().min(1).optional(),
      maxBytes: integer(2 ** 24, 2 ** 50).optional(),
      url: z.string().min(1).optional(),
      table: z.string().min(1).optional(),
      statePrecision: z.enum(statePrecisions).optional(),
    })
    .superRefine(({ directory, maxBytes, url, table }, context) => {
      const refuse = (key: string, message: string) =>
        context.addIssue({ code: 'custom', path: [key], message });
      const inDatabase = url !== undefined || table !== undefined;
      if (directory === undefined && !inDatabase) refuse('directory', 'a folder, or url and table');
      if (directory !== undefined && inDatabase) refuse('directory', 'nothing next to url and table');
      if (inDatabase && url === undefined) refuse('url', 'a URL such as postgres://user@host:5432/database');
      if (inDatabase && table === undefined) refuse('table', 'a table of its own');
      if (inDatabase && maxBytes !== undefined)
        refuse('maxBytes', 'nothing next to table, which has no limit');
    })
    .optional(),
};

/** Settings of a cross-encoder that have no effect with precomputed passages. */
const notPrecomputed = [
  'longPassages',
  'chunkOverlap',
  'maxChunks',
  'topChunks',
  'passageCacheBytes',
  'probe',
  'runtime',
];

/** The settings of each kind; every kind also has `scoreCacheBytes`. */
const settingsOf: Readonly<Record<RerankerKind, readonly string[]>> = {
  'cross-encoder': Object.keys(ofCrossEncoders),
  'late-interaction': Object.keys(running),
  'poly-encoder': ['workers', 'maxBatchTokens', 'executionProvider', 'runtime'],
};

const everyKind = ['model', 'kind', 'scoreCacheBytes', 'fair'];
const besideRemote = ['scoreCacheBytes', 'fair'];

const services = [
  'cohere',
  'jina',
  'voyage',
  'tei',
  'infinity',
  'vllm',
  'kserve',
  'elasticsearch',
] as const satisfies readonly RemoteService[];

/** The first setting that a kind of reranker does not have, or `undefined`. */
export function settingForeignTo(kind: RerankerKind, settings: object): string | undefined {
  const given = Object.entries(settings).flatMap(([key, value]) => (value === undefined ? [] : [key]));
  return given.find((key) => !everyKind.includes(key) && !settingsOf[kind].includes(key));
}

const shape = {
  /** A bundled model's name, a name that the lock file pins, or a directory. */
  model: z.string().min(1).optional(),
  /** @secondpass/reranker-remote checks its other keys. */
  remote: z.looseObject({ service: z.enum(services) }).optional(),
  /** Read from the model's files if absent. */
  kind: z.enum(rerankerKinds).optional(),
  ...ofCrossEncoders,
  scoreCacheBytes: integer(0, 2 ** 40).optional(),
  /** Shares its time between callers and tenants. */
  fair: z
    .strictObject({
      maxPairsInWork: integer(1, 1_000_000).optional(),
      maxQueued: integer(1, 1_000_000).optional(),
      maxQueuedCharacters: integer(1, 2 ** 40).optional(),
      weights: z.record(z.string(), z.number().min(0.001).max(1000)).optional(),
    })
    .optional(),
};

/** One model, one service, or a failover or cascade of rerankers. */
export interface RerankerConfig extends z.infer<z.ZodObject<typeof shape>> {
  failover?: z.infer<ReturnType<typeof failoverSchema<RerankerConfig>>> | undefined;
  cascade?: z.infer<ReturnType<typeof cascadeSchema<RerankerConfig>>> | undefined;
}

const nested: z.ZodType<RerankerConfig> = z.lazy(() => rerankerSchema);

export const rerankerSchema: z.ZodType<RerankerConfig> = z
  .strictObject({
    ...shape,
    failover: failoverSchema(nested).optional(),
    cascade: cascadeSchema(nested).optional(),
  })
  .superRefine(({ model, remote, failover, cascade, ...settings }, context) => {
    const refuse = (key: string, message: string) =>
      context.addIssue({ code: 'custom', path: [key], message });
    const ways = [model, remote, failover, cascade].filter((way) => way !== undefined).length;
    if (ways !== 1) return refuse('model', 'exactly one of model, remote, failover or cascade');
    const given = Object.entries(settings).flatMap(([key, value]) => (value === undefined ? [] : [key]));
    if (failover || cascade) {
      const way = failover ? 'failover' : 'cascade';
      if (given[0]) refuse(given[0], `nothing next to ${way}: settings belong to the rerankers inside it`);
      return;
    }
    const misplaced = given.find((key) => remote && !besideRemote.includes(key));
    if (misplaced) return refuse(misplaced, 'nothing next to remote, which has its own settings');
    const unread = settings.precomputed && given.find((key) => notPrecomputed.includes(key));
    if (unread) return refuse(unread, 'nothing next to precomputed');
    const foreign = settings.kind && settingForeignTo(settings.kind, settings);
    if (!foreign) return;
    refuse(foreign, `nothing for a ${settings.kind}, which knows ${settingsOf[settings.kind!].join(', ')}`);
  });
