import { RetrievalError } from '@secondpass/core';
import {
  cleanWords,
  FailedTry,
  redactor,
  refusalOf,
  tooSlow,
  unreachable,
  unusable,
} from '@secondpass/service-client';
import { rerankingService } from './reranking-service.ts';

export interface FailedCall {
  readonly name: string;
  readonly timeoutMs: number;
  readonly timeout: AbortSignal;
  readonly headers: Readonly<Record<string, string>>;
  /** Query and passages; no error quotes them. */
  readonly texts: readonly string[];
}

/**
 * Translates an error of the AI SDK. Such an error holds the bodies of request and answer, so it never becomes a
 * `cause`.
 */
export function aiSdkFailure(error: unknown, call: FailedCall): FailedTry {
  const { name, timeoutMs, timeout, headers, texts } = call;
  if (error instanceof FailedTry) return error;
  const service = { origin: name, kind: rerankingService, redact: redactor({ headers }) };
  if (timeout.aborted) return tooSlow(service, timeoutMs);
  const {
    statusCode,
    responseHeaders,
    message,
    isRetryable,
    name: kind,
  } = (error ?? {}) as Record<string, unknown>;
  // The provider holds the key, so we cannot remove it from a message: refusals of a key are not quoted.
  const quotable = statusCode === 401 || statusCode === 403 ? '' : String(message ?? '');
  const said = { words: quotable, codes: [] };
  const words = cleanWords(quotable, service.redact, texts);
  if (typeof statusCode === 'number' && statusCode !== 200) {
    const answered = new Headers((responseHeaders ?? {}) as Record<string, string>);
    return refusalOf(service, { status: statusCode, headers: answered, said, texts });
  }
  if (/TypeValidation|JSONParse|InvalidResponse/.test(String(kind)) || statusCode === 200) {
    return unusable(service, 'the provider cannot read it');
  }
  const isNetwork = kind === 'TypeError' && message === 'fetch failed';
  if (isRetryable === true || isNetwork) return unreachable(service, new Error(words));
  const failure = new RetrievalError({
    code: 'rerank-failed',
    origin: name,
    problem: `The model's provider failed${words === '' ? '' : `: ${words}`}.`,
    nextStep: "Check the model's name, the provider's key, and its options.",
  });
  return new FailedTry(failure, { mayRetry: false });
}
