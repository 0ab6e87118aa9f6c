import { RetrievalError, type RetrievalErrorCode } from '@secondpass/core';
import { foreignCause } from '@secondpass/core/extend';

interface Diagnosis {
  readonly code: RetrievalErrorCode;
  readonly nextStep: string;
}

/** Strict mode's answer to a search that compares with every point. */
const exactDisabled = /exact search disabled|vector indexing is disabled/i;
const largerThanAllowed = /larger than allowed/i;

const unreachable = (nextStep: string): Diagnosis => ({ code: 'source-unreachable', nextStep });
const startIt = unreachable('Check that Qdrant runs, and host, port and TLS of its URL.');
const unknown: Diagnosis = { code: 'source-failed', nextStep: 'The message says what Qdrant refused.' };

const tooLarge: Diagnosis = {
  code: 'source-failed',
  nextStep: 'Write fewer documents at a time, or raise service.max_request_size_mb.',
};

const byStatus: Readonly<Record<number, Diagnosis>> = {
  401: unreachable('Set apiKey to a key that may read this collection.'),
  403: unreachable('Set apiKey to a key that may read this collection, or write it for indexing.'),
  404: { code: 'source-not-found', nextStep: 'Index documents first, or name another collection.' },
  408: { code: 'deadline-exceeded', nextStep: 'Raise requestTimeoutMs, or lower depth.' },
  413: tooLarge,
  429: { code: 'overloaded', nextStep: 'Ask less often, or raise the read and write limits of strict mode.' },
  502: unreachable('Qdrant does not answer its proxy; try again when it runs.'),
  503: unreachable('Qdrant is starting or a shard is unavailable; try again shortly.'),
  504: unreachable('Qdrant does not answer its proxy; try again when it runs.'),
  507: { code: 'source-failed', nextStep: 'Give Qdrant more disk, or raise its quota.' },
};

/** Qdrant answers all of these with 400 and a message. */
const byMessage: readonly (readonly [RegExp, Diagnosis])[] = [
  [
    /vector dimension error|expected dim/i,
    {
      code: 'dimension-mismatch',
      nextStep: 'Use the model that the collection was indexed with, or another collection.',
    },
  ],
  [
    /not existing vector name/i,
    {
      code: 'source-not-found',
      nextStep: 'Set vectorName or sparseVectorName to a vector that the collection has.',
    },
  ],
  [
    /index required but not found/i,
    {
      code: 'source-failed',
      nextStep:
        "The collection's strict mode allows filters on indexed fields only: create a payload index on that field, or relax it (unindexed_filtering_retrieve).",
    },
  ],
  [
    exactDisabled,
    {
      code: 'invalid-options',
      nextStep:
        "The collection's strict mode allows no search without an index: set exact to false and build one, or relax it (search_allow_exact).",
    },
  ],
  ...Object.entries({
    timeout: 'Lower requestTimeoutMs, or raise max_timeout',
    limit: 'Lower depth or the batch size, or raise max_query_limit',
    hnsw_ef: 'Lower efSearch, or raise search_max_hnsw_ef',
    oversampling: 'Lower oversample, or raise search_max_oversampling',
  }).map(
    ([parameter, step]) =>
      [
        new RegExp(`limit exceeded .* for "${parameter}"`, 'i'),
        { code: 'invalid-options', nextStep: `${step} in the collection's strict mode.` },
      ] as const,
  ),
  [
    /\. Help: /,
    {
      code: 'source-failed',
      nextStep: "The collection's strict mode forbids this: follow its message, or relax it.",
    },
  ],
  [largerThanAllowed, tooLarge],
];

const unreadable =
  /format error|validation error|deserialize|unknown (field|variant)|bad request|wrong input/i;
const networkCodes =
  /^(E(CONN|HOST|NET|PIPE|TIMEDOUT|AI_|NOTFOUND|ADDR)|UND_ERR|ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|UNABLE_TO_|SELF_SIGNED)/;

/**
 * Gives a client's error a code and a next step. A `RetrievalError` is passed on unchanged.
 *
 * It contains nothing of the request, whose headers may hold a key.
 */
export function qdrantError(
  error: unknown,
  origin: string,
  { nativeFilter = false }: { readonly nativeFilter?: boolean } = {},
): unknown {
  if (RetrievalError.is(error)) return error;
  const { code, nextStep } = diagnose(error, nativeFilter);
  return new RetrievalError({
    code,
    origin,
    problem: sentence(messageOf(error)),
    nextStep,
    cause: foreignCause(error),
  });
}

/** The HTTP status of the client's `ApiError`, which not all versions export under the same name. */
export function statusOf(error: unknown): number | undefined {
  const { status } = (error ?? {}) as { status?: unknown };
  return typeof status === 'number' ? status : undefined;
}

/** Whether Qdrant refused a request because of its size; then it did nothing. */
export function isTooLarge(error: unknown): boolean {
  if (!RetrievalError.is(error)) return false;
  return statusOf(error.cause) === 413 || (isRefusal(error.cause) && largerThanAllowed.test(error.problem));
}

/** Whether strict mode refused a search because it compares with every point. */
export function isExactRefused(error: unknown): boolean {
  return RetrievalError.is(error) && isRefusal(error.cause) && exactDisabled.test(error.problem);
}

/** Whether the collection has no shards of the key; then no point of that tenant was written. */
export function isMissingShardKey(error: unknown): boolean {
  return RetrievalError.is(error) && isRefusal(error.cause) && /shard key .* not found/i.test(error.problem);
}

/** Undici's code and Node's; where the error came from another realm only its words are left. */
const lostConnection = /UND_ERR_SOCKET|ECONNRESET|EPIPE|other side closed/;

/** Whether the server closed the connection before it answered. */
export function isLostConnection(error: unknown): boolean {
  return causes(error).some((part) => {
    const { code, message } = part as { code?: unknown; message?: unknown };
    return lostConnection.test(String(code)) || lostConnection.test(String(message));
  });
}

function isRefusal(error: unknown): boolean {
  return [400, 422].includes(statusOf(error) ?? 0);
}

function diagnose(error: unknown, nativeFilter: boolean): Diagnosis {
  const status = statusOf(error);
  const message = messageOf(error);
  if (isRefusal(error)) {
    for (const [pattern, diagnosis] of byMessage) if (pattern.test(message)) return diagnosis;
    if (nativeFilter && unreadable.test(message)) {
      return {
        code: 'invalid-filter',
        nextStep: 'Write the native filter as Qdrant documents it: {"must": […]}.',
      };
    }
  }
  if (status !== undefined) return byStatus[status] ?? unknown;
  const name = (error as { name?: unknown } | null)?.name;
  // An AbortError that is not ours also comes from the client's own timeout.
  if (name === 'QdrantClientTimeoutError' || name === 'AbortError')
    return {
      code: 'deadline-exceeded',
      nextStep: "Check that Qdrant runs and has capacity, or raise the client's timeout.",
    };
  if (name === 'QdrantClientResourceExhaustedError') return byStatus[429]!;
  return causes(error).some(isNetworkError) ? startIt : unknown;
}

/** fetch reports `fetch failed` with the reason as its cause; a host with several addresses has several reasons. */
function causes(error: unknown): readonly unknown[] {
  if (typeof error !== 'object' || error === null) return [];
  const { cause, errors } = error as { cause?: unknown; errors?: unknown };
  return [error, ...causes(cause), ...(Array.isArray(errors) ? errors.flatMap(causes) : [])];
}

function isNetworkError(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return (
    (typeof code === 'string' && networkCodes.test(code)) ||
    message === 'fetch failed' ||
    message === 'terminated'
  );
}

function messageOf(error: unknown): string {
  const status = statusOf(error);
  if (status !== undefined) {
    const { data, statusText } = error as { data?: unknown; statusText?: unknown };
    const told = (data as { status?: { error?: unknown } } | undefined)?.status?.error;
    return `Qdrant answered ${status}: ${typeof told === 'string' ? told : String(statusText ?? 'no reason given')}`;
  }
  const messages = causes(error).map((part) => String((part as { message?: unknown }).message ?? ''));
  const distinct = [...new Set(messages.filter((message) => message !== ''))];
  return distinct.length > 0 ? distinct.join(': ') : String(error);
}

function sentence(message: string): string {
  const text = message.trim().slice(0, 500) || 'The client gave no reason';
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
