import { RetrievalError } from '@secondpass/core';
import { z } from 'zod';
import type {
  KserveOptions,
  RemoteRerankerOptions,
  RemoteService,
  ScoringOptions,
} from './remote-reranker-options.ts';
import { scoreScales } from './score-scale.ts';

const whole = (least: number, most: number) => z.int().min(least).max(most);
const text = z.string().min(1);
const url = text.refine(isUrl, 'an http or https URL without user, password, query and fragment');
const scale = z.enum(scoreScales);

const scoring = {
  name: text.optional(),
  version: text.optional(),
  scale: scale.optional(),
  listwise: z.boolean().optional(),
  maxDocuments: whole(1, 100_000).optional(),
  maxCharacters: whole(1, 100_000_000).optional(),
  concurrency: whole(1, 256).optional(),
  maxQueuedRequests: whole(1, 100_000).optional(),
  requestsPerMinute: whole(1, 10_000_000).optional(),
  charactersPerMinute: whole(1, 2 ** 40).optional(),
  retries: whole(0, 20).optional(),
  timeoutMs: whole(1, 3_600_000).optional(),
  totalTimeoutMs: whole(1, 86_400_000).optional(),
  closeAbandoned: z.boolean().optional(),
};

const http = {
  ...scoring,
  apiKey: text.optional(),
  apiKeyVariable: text.optional(),
  headers: z.record(z.string(), z.string()).optional(),
  compress: z.boolean().optional(),
};

const texts = {
  ...http,
  body: z.record(z.string(), z.unknown()).optional(),
  truncate: z.boolean().optional(),
};

const hosted = (service: string, address: string) =>
  z.strictObject({ service: z.literal(service), ...texts, url: url.default(address), model: text });

const schemas = {
  cohere: hosted('cohere', 'https://api.cohere.com/v2'),
  jina: hosted('jina', 'https://api.jina.ai/v1'),
  voyage: hosted('voyage', 'https://api.voyageai.com/v1'),
  tei: z.strictObject({ service: z.literal('tei'), ...texts, url }),
  infinity: z.strictObject({ service: z.literal('infinity'), ...texts, url, model: text.optional() }),
  vllm: z.strictObject({ service: z.literal('vllm'), ...texts, url, model: text.optional() }),
  elasticsearch: z.strictObject({
    service: z.literal('elasticsearch'),
    ...texts,
    url,
    model: text,
    scale,
  }),
  kserve: z.strictObject({
    service: z.literal('kserve'),
    ...http,
    url,
    model: text,
    directory: text,
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
      `service is ${JSON.stringify(service) ?? 'missing'}`,
      `Use one of ${remoteServices.join(', ')}`,
    );
  }
  const checked = check(
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
  headers: z.record(z.string(), z.string()).optional(),
  model: z.custom((value) => typeof (value as { doRerank?: unknown } | null)?.doRerank === 'function', {
    error: "a reranking model of the AI SDK, such as cohere.reranking('rerank-v3.5')",
  }),
});

/** @throws RetrievalError `invalid-options`, naming the key */
export function checkAiSdkOptions<T extends ScoringOptions>(options: T): T {
  check(aiSdkSchema, options, 'ai-sdk-reranker');
  return options;
}

function check<S extends z.ZodObject>(schema: S, options: unknown, origin: string): z.infer<S> {
  const result = schema.safeParse(options);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const key = issue!.path.join('.') || 'the options';
  if (issue!.code === 'unrecognized_keys') {
    const unknown = [...issue!.path, issue!.keys[0]].join('.');
    throw refusal(origin, `${unknown} is not a setting`, `Use ${Object.keys(schema.shape).join(', ')}`);
  }
  throw refusal(origin, `${key} is not usable`, `Expected ${key}: ${issue!.message}`);
}

function refusal(origin: string, problem: string, nextStep: string): RetrievalError {
  return new RetrievalError({
    code: 'invalid-options',
    origin,
    problem: `${problem}.`,
    nextStep: `${nextStep.replace(/\.$/, '')}.`,
  });
}

function isUrl(value: string): boolean {
  if (!/^https?:\/\//.test(value) || !URL.canParse(value)) return false;
  const { username, password, search, hash } = new URL(value);
  return username + password + search + hash === '';
}
