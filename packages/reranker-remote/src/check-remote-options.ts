import { RetrievalError } from '@secondpass/core';
import { describeAsJson } from '@secondpass/core/extend';
import { checkOptions, requestOptions, serviceUrl, someText, wholeNumber } from '@secondpass/service-client';
import { z } from 'zod';
import type {
  KserveOptions,
  RemoteRerankerOptions,
  RemoteService,
  ScoringOptions,
} from './remote-reranker-options.ts';
import { scoreScales } from './score-scale.ts';

const scale = z.enum(scoreScales);

const scoring = {
  ...requestOptions,
  version: someText.optional(),
  scale: scale.optional(),
  listwise: z.boolean().optional(),
  maxDocuments: wholeNumber(1, 100_000).optional(),
  maxCharacters: wholeNumber(1, 100_000_000).optional(),
  maxQueuedRequests: wholeNumber(1, 100_000).optional(),
  requestsPerMinute: wholeNumber(1, 10_000_000).optional(),
  charactersPerMinute: wholeNumber(1, 2 ** 40).optional(),
  closeAbandoned: z.boolean().optional(),
};

const http = {
  ...scoring,
  apiKey: someText.optional(),
  apiKeyVariable: someText.optional(),
  compress: z.boolean().optional(),
};

const texts = {
  ...http,
  body: z.record(z.string(), z.unknown()).optional(),
  truncate: z.boolean().optional(),
};

const hosted = (service: string, address: string) =>
  z.strictObject({
    service: z.literal(service),
    ...texts,
    url: serviceUrl.default(address),
    model: someText,
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
    model: someText.optional(),
  }),
  vllm: z.strictObject({ service: z.literal('vllm'), ...texts, url: serviceUrl, model: someText.optional() }),
  elasticsearch: z.strictObject({
    service: z.literal('elasticsearch'),
    ...texts,
    url: serviceUrl,
    model: someText,
    scale,
  }),
  kserve: z.strictObject({
    service: z.literal('kserve'),
    ...http,
    url: serviceUrl,
    model: someText,
    directory: someText,
    tensors: z.enum(['json', 'binary']).optional(),
    maxQueryShare: z.number().min(0.05).max(0.95).optional(),
  }),
} satisfies Record<RemoteService, z.ZodType>;

export const remoteServices = Object.keys(schemas) as readonly RemoteService[];

/** The options of a service that reads texts, checked: its URL is there. */
export type TextOptions = Exclude<RemoteRerankerOptions, KserveOptions> & {
  readonly url: string;
  readonly model?: string | undefined;
};

export type CheckedRemoteOptions = TextOptions | KserveOptions;

/** @throws RetrievalError `invalid-options`, naming the key; never the value of `apiKey`, `headers` or `url` */
export function checkRemoteOptions(options: unknown): CheckedRemoteOptions {
  const { service } = (options ?? {}) as { readonly service?: unknown };
  if (!Object.hasOwn(schemas, String(service))) {
    throw refusal(
      'remote-reranker',
      `service is ${service === undefined ? 'missing' : describeAsJson(service)}`,
      `Use one of ${remoteServices.join(', ')}`,
    );
  }
  const checked = checkOptions(
    schemas[service as RemoteService],
    options,
    `${service}-reranker`,
  ) as CheckedRemoteOptions;
  if (checked.apiKey !== undefined && checked.apiKeyVariable !== undefined) {
    throw refusal(`${service}-reranker`, 'apiKey and apiKeyVariable are both given', 'Keep one of them');
  }
  return checked;
}

const aiSdkSchema = z.strictObject({
  ...scoring,
  model: z.custom((value) => typeof (value as { doRerank?: unknown } | null)?.doRerank === 'function', {
    error: "a reranking model of the AI SDK, such as cohere.reranking('rerank-v3.5')",
  }),
});

/** @throws RetrievalError `invalid-options`, naming the key */
export function checkAiSdkOptions<T extends ScoringOptions>(options: T): T {
  checkOptions(aiSdkSchema, options, 'ai-sdk-reranker');
  return options;
}

function refusal(origin: string, problem: string, nextStep: string): RetrievalError {
  return new RetrievalError({
    code: 'invalid-options',
    origin,
    problem: `${problem}.`,
    nextStep: `${nextStep.replace(/\.$/, '')}.`,
  });
}
