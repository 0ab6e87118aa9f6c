import { RetrievalError } from '@secondpass/core';
import {
  checkOptions,
  describeValue,
  flag,
  having,
  integer,
  number,
  oneOf,
  text,
} from '@secondpass/core/extend';
import { httpOptions, requestOptions, secretOptions, serviceUrl } from '@secondpass/service-client';
import { z } from 'zod';
import type {
  KserveOptions,
  RemoteRerankerOptions,
  RemoteService,
  ScoringOptions,
} from './remote-reranker-options.ts';
import { scoreScales } from './score-scale.ts';

const scale = oneOf(scoreScales);

const scoring = {
  version: text.optional(),
  scale: scale.optional(),
  listwise: flag.optional(),
  maxDocuments: integer(1, 100_000).optional(),
  maxCharacters: integer(1, 100_000_000).optional(),
  maxQueuedRequests: integer(1, 100_000).optional(),
  requestsPerMinute: integer(1, 10_000_000).optional(),
  charactersPerMinute: integer(1, 2 ** 40).optional(),
  closeAbandoned: flag.optional(),
};

const http = { ...httpOptions, ...scoring };

const texts = {
  ...http,
  body: z
    .custom<Readonly<Record<string, unknown>>>(isJsonObject, 'an object that has a form in JSON')
    .optional(),
  truncate: flag.optional(),
};

function isJsonObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  try {
    return JSON.stringify(value)?.startsWith('{') === true;
  } catch {
    return false;
  }
}

const hosted = (service: string, address: string) =>
  z.strictObject({
    service: z.literal(service),
    ...texts,
    url: serviceUrl.default(address),
    model: text,
  });

const schemas = {
  cohere: hosted('cohere', 'https://api.cohere.com/v2'),
  jina: hosted('jina', 'https://api.jina.ai/v1'),
  voyage: hosted('voyage', 'https://api.voyageai.com/v1'),
  tei: z.strictObject({ service: z.literal('tei'), ...texts, url: serviceUrl }),
  infinity: z.strictObject({
    service: z.literal('infinity'),
    ...texts,
    url: serviceUrl,
    model: text.optional(),
  }),
  vllm: z.strictObject({ service: z.literal('vllm'), ...texts, url: serviceUrl, model: text.optional() }),
  elasticsearch: z.strictObject({
    service: z.literal('elasticsearch'),
    ...texts,
    url: serviceUrl,
    model: text,
    scale,
  }),
  kserve: z.strictObject({
    service: z.literal('kserve'),
    ...http,
    url: serviceUrl,
    model: text,
    directory: text,
    tensors: oneOf(['json', 'binary']).optional(),
    maxQueryShare: number(0.05, 0.95).optional(),
  }),
} satisfies Record<RemoteService, z.ZodType>;

export const remoteServices = Object.keys(schemas) as readonly RemoteService[];

/** The checked options of a service that reads texts; `url` is set. */
export type TextOptions = Exclude<RemoteRerankerOptions, KserveOptions> & {
  readonly url: string;
  readonly model?: string | undefined;
};

export type CheckedRemoteOptions = TextOptions | KserveOptions;

/**
 * @throws RetrievalError `invalid-options` with the `path` of the option; it shows no value of `apiKey`, `headers` or
 * `url`
 */
export function checkRemoteOptions(options: unknown): CheckedRemoteOptions {
  const { service } = (options ?? {}) as { readonly service?: unknown };
  if (typeof service !== 'string' || !Object.hasOwn(schemas, service)) {
    throw new RetrievalError({
      code: 'invalid-options',
      origin: 'remote-reranker',
      problem: `service is ${service === undefined ? 'missing' : describeValue(service)}.`,
      nextStep: `Use one of ${remoteServices.join(', ')}.`,
      path: ['service'],
    });
  }
  const context = { origin: `${service}-reranker`, secret: secretOptions };
  return checkOptions<z.ZodType>(schemas[service as RemoteService], options, context) as CheckedRemoteOptions;
}

const aiSdkSchema = z.strictObject({
  ...requestOptions,
  ...scoring,
  model: having("a reranking model of the AI SDK, such as cohere.reranking('rerank-v3.5')", 'doRerank'),
});

/** @throws RetrievalError `invalid-options` with the `path` of the option */
export function checkAiSdkOptions<T extends ScoringOptions>(options: T): T {
  checkOptions(aiSdkSchema, options, { origin: 'ai-sdk-reranker', secret: secretOptions });
  const { provider, modelId } = (options as unknown as { readonly model: Record<string, unknown> }).model;
  checkOptions(
    z.object({ provider: text, modelId: text }),
    { provider, modelId },
    { origin: 'ai-sdk-reranker' },
  );
  return options;
}
