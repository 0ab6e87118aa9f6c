import { checkOptions, flag, integer, oneOf, text } from '@secondpass/core/extend';
import { httpOptions, secretOptions, serviceUrl } from '@secondpass/service-client';
import { z } from 'zod';

const perKind = z.strictObject({ query: z.string().optional(), passage: z.string().optional() });

/** The options of every dialect. */
const shared = {
  url: serviceUrl,
  ...httpOptions,
  dimensions: integer(1, 65_536).optional(),
  prompts: perKind.optional(),
  maxTextsPerRequest: integer(1, 100_000).optional(),
  maxCharactersPerRequest: integer(1, 100_000_000).optional(),
};

export const optionSchemas = {
  openai: z.strictObject({ ...shared, model: text, encoding: oneOf(['base64', 'float']).optional() }),
  tei: z.strictObject({
    ...shared,
    unitLength: flag.optional(),
    truncate: flag.optional(),
    promptNames: perKind.optional(),
  }),
  ollama: z.strictObject({ ...shared, model: text, truncate: flag.optional() }),
};

export type Dialect = keyof typeof optionSchemas;

/** The options that the embedders of all dialects share. */
export interface RemoteOptions {
  /** The service's address. Each dialect appends its path, unless the URL already ends in it. */
  readonly url: string;
  /** Name in answers and errors. @default dialect and model */
  readonly name?: string | undefined;
  /** Sent as `Authorization: Bearer …`. Take it from an environment variable; no error shows it. @default none */
  readonly apiKey?: string | undefined;
  /** The environment variable that holds the key, instead of `apiKey`. @default none */
  readonly apiKeyVariable?: string | undefined;
  /** Sent with each request. No error shows their values. @default none */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Asks the service for vectors of this length; only some models support it. @default the model's own length */
  readonly dimensions?: number | undefined;
  /** Text put before every text of a kind. @default none */
  readonly prompts?:
    | { readonly query?: string | undefined; readonly passage?: string | undefined }
    | undefined;
  /** Texts in one request at most. @default the dialect's limit */
  readonly maxTextsPerRequest?: number | undefined;
  /** UTF-16 code units in one request at most; a longer text goes alone. @default 200_000 */
  readonly maxCharactersPerRequest?: number | undefined;
  /** Requests of this embedder that run at the same time. @default 4 */
  readonly concurrency?: number | undefined;
  /** Whether bodies above 1 KiB are sent with gzip; few services read it. Answers may always be compressed. @default false */
  readonly compress?: boolean | undefined;
  /** Retries of a request that got no answer in time, or 408, 425, 429, 500, 502, 503, 504 or 529. @default 3 */
  readonly retries?: number | undefined;
  /** Milliseconds that one try may take. @default 30_000 */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds that one `embed` may take, including all requests, retries and waits. @default 120_000 */
  readonly totalTimeoutMs?: number | undefined;
}

/**
 * @throws RetrievalError `invalid-options` with the `path` of the option; it shows no value of `apiKey`, `headers` or
 * `url`
 */
export function checkRemoteOptions<D extends Dialect>(
  dialect: D,
  options: unknown,
): z.output<(typeof optionSchemas)[D]> {
  const context = { origin: `${dialect}-embedder`, secret: secretOptions };
  return checkOptions(optionSchemas[dialect], options, context) as z.output<(typeof optionSchemas)[D]>;
}
