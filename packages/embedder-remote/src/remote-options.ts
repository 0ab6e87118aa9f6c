import { checkOptions, requestOptions, serviceUrl, someText, wholeNumber } from '@secondpass/service-client';
import { z } from 'zod';

const perKind = z.strictObject({ query: z.string().optional(), passage: z.string().optional() });

/** The options of every dialect. */
const shared = {
  url: serviceUrl,
  ...requestOptions,
  apiKey: someText.optional(),
  dimensions: wholeNumber(1, 65_536).optional(),
  prompts: perKind.optional(),
  maxTextsPerRequest: wholeNumber(1, 100_000).optional(),
  maxCharactersPerRequest: wholeNumber(1, 100_000_000).optional(),
};

export const optionSchemas = {
  openai: z.strictObject({ ...shared, model: someText, encoding: z.enum(['base64', 'float']).optional() }),
  tei: z.strictObject({
    ...shared,
    unitLength: z.boolean().optional(),
    truncate: z.boolean().optional(),
    promptNames: perKind.optional(),
  }),
  ollama: z.strictObject({ ...shared, model: someText, truncate: z.boolean().optional() }),
};

export type Dialect = keyof typeof optionSchemas;

/** What the embedders of all dialects are told. */
export interface RemoteOptions {
  /** Where the service is; each dialect says what it appends. */
  readonly url: string;
  /** Name in answers and errors. @default dialect and model */
  readonly name?: string | undefined;
  /** Sent as `Authorization: Bearer …`. Take it from an environment variable; no error shows it. @default none */
  readonly apiKey?: string | undefined;
  /** Sent with each request. No error shows their values. @default none */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Asks the service for vectors of this length; only some models can cut theirs. @default the model's own, as the first answer shows it */
  readonly dimensions?: number | undefined;
  /** Text put before every text of a kind. @default none */
  readonly prompts?:
    | { readonly query?: string | undefined; readonly passage?: string | undefined }
    | undefined;
  /** Texts in one request at most. @default each dialect's */
  readonly maxTextsPerRequest?: number | undefined;
  /** UTF-16 code units in one request at most; a longer text goes alone. @default 200_000 */
  readonly maxCharactersPerRequest?: number | undefined;
  /** Requests of this embedder under way at a time. @default 4 */
  readonly concurrency?: number | undefined;
  /** Further tries of a request that found no answer, or 408, 429 or 5xx. @default 3 */
  readonly retries?: number | undefined;
  /** Milliseconds that one try may take. @default 30_000 */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds that one `embed` may take with all its requests, tries and waits. @default 120_000 */
  readonly totalTimeoutMs?: number | undefined;
}

/** @throws RetrievalError `invalid-options`, naming the key; never the value of `apiKey`, `headers` or `url` */
export function checkRemoteOptions<D extends Dialect>(
  dialect: D,
  options: unknown,
): z.infer<(typeof optionSchemas)[D]> {
  return checkOptions(optionSchemas[dialect], options, `${dialect}-embedder`) as z.infer<
    (typeof optionSchemas)[D]
  >;
}
