import { RetrievalError, type RetrievalErrorCode } from '@secondpass/core';
import type { Dispatcher } from 'undici';
import { headerValue } from './header-value.ts';
import type { HubSettings } from './hub-settings.ts';
import { PassingFailure } from './passing-failure.ts';

export interface AnswerContext {
  readonly model: string;
  readonly host: string;
  /** Whether the hub itself answered, and not the host that stores its large files. */
  readonly atHome: boolean;
  readonly settings: HubSettings;
}

/**
 * Accepts successful answers, and 416, which callers that request a range handle.
 *
 * @throws PassingFailure for 408, 425, 429, 5xx, and every refusal of a CDN: its links expire, and the hub makes new
 * ones
 * @throws RetrievalError for every other status
 */
export function checkAnswer(answer: Dispatcher.ResponseData, context: AnswerContext): void {
  const { statusCode: status, headers } = answer;
  if ((status >= 200 && status < 300) || status === 416) return;
  answer.body.on('error', () => undefined).destroy();
  const { host, atHome } = context;
  if (status >= 500 || [408, 425, 429].includes(status) || !atHome) {
    const retryAfterMs = readRetryAfter(headerValue(headers['retry-after']));
    throw new PassingFailure(`${host} answered ${status}`, { retryAfterMs });
  }
  throw refusal(status, headerValue(headers['x-error-code']) ?? '', context);
}

function refusal(status: number, errorCode: string, { model, settings }: AnswerContext): RetrievalError {
  const { endpoint, token } = settings;
  const fail = (code: RetrievalErrorCode, problem: string, nextStep: string) =>
    new RetrievalError({ code, origin: endpoint, problem: `${problem} (${status}).`, nextStep });
  if (errorCode === 'GatedRepo')
    return fail(
      'hub-refused',
      `${model} is gated: its owner requires that you accept terms`,
      token === undefined
        ? 'Accept them on the model’s page, then set HF_TOKEN to a token of that account.'
        : 'Accept them on the model’s page, with the account of the token that is set.',
    );
  if (errorCode === 'RevisionNotFound')
    return fail('model-not-found', `${model} has no such revision`, 'Name a branch, a tag or a full commit.');
  if (errorCode === 'EntryNotFound')
    return fail(
      'model-not-found',
      `A file of ${model} does not exist`,
      'Run it again; it may have been moved.',
    );
  if (status === 401 && token !== undefined && errorCode !== 'RepoNotFound')
    return fail('hub-refused', 'The token is not accepted', 'Set HF_TOKEN to a valid token.');
  if (status === 401 || status === 404)
    return fail(
      'model-not-found',
      `There is no model ${model}, or it is private`,
      `Check the name; for a private model set HF_TOKEN to a token that may read it.`,
    );
  return fail('hub-refused', `The hub refuses ${model}`, 'Check that the token, if one is set, may read it.');
}

/** Seconds, or a date. */
function readRetryAfter(written: string | undefined): number {
  if (!written) return 0;
  const milliseconds = /^\d{1,9}$/.test(written) ? Number(written) * 1000 : Date.parse(written) - Date.now();
  return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : 0;
}
