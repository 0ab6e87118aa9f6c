import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { RetrievalError } from '@secondpass/core';
import { checkOptions, describeValue, flag, integer, text } from '@secondpass/core/extend';
import { z } from 'zod';

/** Where models come from, where they are stored, and the time limits. */
export interface HubSettings {
  /** URL of the hub, without a slash at its end. @default HF_ENDPOINT, otherwise the public hub */
  readonly endpoint: string;
  /** Sent to the endpoint's own host only. @default HF_TOKEN, otherwise the token file of Hugging Face's tools */
  readonly token?: string;
  /**
   * The cache that Hugging Face's tools share.
   * @default HF_HUB_CACHE, otherwise HF_HOME/hub, otherwise ~/.cache/huggingface/hub
   */
  readonly cacheDirectory: string;
  /** Whether network access is forbidden. @default HF_HUB_OFFLINE */
  readonly offline: boolean;
  /** @default HTTPS_PROXY, HTTP_PROXY and NO_PROXY, in upper or lower case */
  readonly proxy: { readonly http?: string; readonly https?: string; readonly except?: string };
  /** The longest time for opening a connection, in milliseconds. @default 10,000 */
  readonly connectTimeoutMs: number;
  /**
   * The longest time until an answer begins, and the time in which at least 1 KiB of it must arrive, in milliseconds.
   * @default HF_HUB_DOWNLOAD_TIMEOUT (seconds), otherwise 30,000
   */
  readonly stallTimeoutMs: number;
  /** Further attempts after a temporary failure; an attempt that received part of a file does not count. @default 4 */
  readonly retries: number;
  /** The pause before the first of them, in milliseconds; doubled for each, at most 10 s. @default 500 */
  readonly backoffMs: number;
  /** The longest `Retry-After` that is waited for, in milliseconds; a longer one fails at once. @default 120,000 */
  readonly longestRetryAfterMs: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

const origin = 'hub settings';

const milliseconds = integer(0, 2 ** 31 - 1).optional();
const overridesSchema = z.strictObject({
  endpoint: text.optional(),
  token: text.optional(),
  cacheDirectory: text.optional(),
  offline: flag.optional(),
  proxy: z
    .strictObject({ http: text.optional(), https: text.optional(), except: z.string().optional() })
    .optional(),
  connectTimeoutMs: milliseconds,
  stallTimeoutMs: milliseconds,
  retries: integer(0, 1000).optional(),
  backoffMs: milliseconds,
  longestRetryAfterMs: milliseconds,
});

const publicEndpoint = 'https://huggingface.co';

/**
 * Reads the settings from the variables that Hugging Face's own tools know.
 *
 * @param environment such as `process.env`
 * @param overrides settings that win over the environment. @default none
 * @throws RetrievalError `invalid-options` when the endpoint or a proxy is not a URL, or the token is malformed
 *
 * @example
 * import { readHubSettings } from '@secondpass/hub';
 * const { endpoint, offline } = await readHubSettings({ HF_ENDPOINT: 'https://hub.example.com', HF_HUB_OFFLINE: '1' });
 * [endpoint, offline]; // → [ 'https://hub.example.com', true ]
 */
export async function readHubSettings(
  environment: Environment,
  overrides: Partial<HubSettings> = {},
): Promise<HubSettings> {
  checkEnvironment(environment);
  checkOptions(overridesSchema, overrides, { origin, secret: ['endpoint', 'token', 'proxy'] });
  const home = homeOf(environment);
  const token = overrides.token ?? (await readToken(environment, home));
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
    throw refuse('The token has invalid characters.', 'Set HF_TOKEN to the token alone.');
  return {
    cacheDirectory: resolve(
      expandHome(environment['HF_HUB_CACHE'] || environment['HUGGINGFACE_HUB_CACHE'] || join(home, 'hub')),
    ),
    offline: isTrue(environment['HF_HUB_OFFLINE'] || environment['TRANSFORMERS_OFFLINE']),
    proxy: readProxy(environment),
    connectTimeoutMs: 10_000,
    stallTimeoutMs: secondsOf(environment['HF_HUB_DOWNLOAD_TIMEOUT']) ?? 30_000,
    retries: 4,
    backoffMs: 500,
    longestRetryAfterMs: 120_000,
    ...overrides,
    endpoint: checkEndpoint(overrides.endpoint ?? (environment['HF_ENDPOINT'] || publicEndpoint)),
    ...(token !== undefined && { token }),
  };
}

function checkEnvironment(environment: Environment): void {
  if (typeof environment !== 'object' || environment === null)
    throw refuse(`The environment is ${describeValue(environment)}.`, 'Pass process.env.');
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && typeof value !== 'string')
      throw refuse(`The environment variable ${name} is not a string.`, 'Pass process.env, or strings.');
  }
}

function homeOf(environment: Environment): string {
  const cache = environment['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  return expandHome(environment['HF_HOME'] || join(cache, 'huggingface'));
}

async function readToken(environment: Environment, home: string): Promise<string | undefined> {
  if (isTrue(environment['HF_HUB_DISABLE_IMPLICIT_TOKEN'])) return undefined;
  const given = (environment['HF_TOKEN'] || environment['HUGGING_FACE_HUB_TOKEN'])?.trim();
  if (given) return given;
  const file = expandHome(environment['HF_TOKEN_PATH'] || join(home, 'token'));
  const stored = await readFile(file, 'utf8').catch(() => '');
  return stored.trim() || undefined;
}

function readProxy(environment: Environment): HubSettings['proxy'] {
  const read = (name: string) => {
    const value = environment[name.toLowerCase()] || environment[name];
    const sound = !value || name === 'NO_PROXY' || (/^https?:\/\//i.test(value) && URL.canParse(value));
    if (sound) return value;
    throw refuse(
      `The environment variable ${name} is not an http or https URL.`,
      "Set it to the proxy's address, such as http://proxy:3128, or unset it.",
    );
  };
  const [http, https, except] = [read('HTTP_PROXY'), read('HTTPS_PROXY'), read('NO_PROXY')];
  return { ...(http && { http }), ...(https && { https }), ...(except && { except }) };
}

function checkEndpoint(written: string): string {
  const url = URL.canParse(written) ? new URL(written) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol))
    throw refuse('The endpoint is not an http or https URL.', 'Set HF_ENDPOINT to such a URL, or unset it.');
  if (url.username || url.password || url.search || url.hash)
    throw refuse(
      'The endpoint has a user, a password or a query in it.',
      'Set HF_ENDPOINT to the plain URL and HF_TOKEN to the token.',
    );
  return url.href.replace(/\/+$/, '');
}

function secondsOf(written: string | undefined): number | undefined {
  const seconds = Number(written);
  return written && seconds >= 1 && seconds <= 86_400 ? seconds * 1000 : undefined;
}

function isTrue(written: string | undefined): boolean {
  return ['1', 'ON', 'YES', 'TRUE'].includes((written ?? '').toUpperCase());
}

function expandHome(path: string): string {
  return /^~(?=$|[/\\])/.test(path) ? join(homedir(), path.slice(1)) : path;
}

function refuse(problem: string, nextStep: string): RetrievalError {
  return new RetrievalError({ code: 'invalid-options', origin, problem, nextStep });
}
