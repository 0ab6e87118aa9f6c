import { RetrievalError, type RetrievalErrorCode } from '@secondpass/core';
import { foreignCause } from '@secondpass/core/extend';

interface Diagnosis {
  readonly code: RetrievalErrorCode;
  readonly nextStep: string;
}

const failed = (nextStep: string): Diagnosis => ({ code: 'source-failed', nextStep });
const unreachable = (nextStep: string): Diagnosis => ({ code: 'source-unreachable', nextStep });
const startIt = unreachable('Check that Elasticsearch runs, and the URL.');
const overloaded: Diagnosis = { code: 'overloaded', nextStep: 'Send less at a time, or try again later.' };

/** What Elasticsearch calls the error → ours. */
const byType: Readonly<Record<string, Diagnosis>> = {
  index_not_found_exception: {
    code: 'source-not-found',
    nextStep: 'Index documents first, or name another index.',
  },
  index_closed_exception: failed('Open the index.'),
  media_type_header_exception: failed(
    'Use a client of the major version of the server: npm install @elastic/elasticsearch@8 for a server of version 8.',
  ),
  cluster_block_exception: failed('Lift the block that the message names; a full disk sets one.'),
  es_rejected_execution_exception: overloaded,
  circuit_breaking_exception: overloaded,
  too_many_clauses: { code: 'invalid-query', nextStep: 'Ask in fewer words.' },
  too_many_nested_clauses: { code: 'invalid-query', nextStep: 'Ask in fewer words.' },
};

/** The client's names for failures without an answer. */
const byName: Readonly<Record<string, Diagnosis>> = {
  ConnectionError: startIt,
  NoLivingConnectionsError: startIt,
  TimeoutError: {
    code: 'deadline-exceeded',
    nextStep: 'Check that Elasticsearch runs and has capacity, or raise requestTimeoutMs.',
  },
  ProductNotSupportedError: failed('Name the URL of an Elasticsearch, not of another server.'),
  DeserializationError: failed(
    'The answer is not the JSON of Elasticsearch. Check the URL; if fields are named __proto__, set disablePrototypePoisoningProtection on the client.',
  ),
};

const byStatus: Readonly<Record<number, Diagnosis>> = {
  401: unreachable('Check the API key, or user and password.'),
  403: unreachable('Give the user or API key the privileges that the message names.'),
  413: failed('Write fewer or shorter documents at a time.'),
  429: overloaded,
  502: startIt,
  503: unreachable('The cluster or the index is not ready; try again shortly.'),
  504: startIt,
};

const unknown = failed('The message says what Elasticsearch refused.');

/** Gives a client's error a code and a next step. A `RetrievalError` is passed on unchanged. */
export function elasticError(error: unknown, origin: string): RetrievalError {
  if (RetrievalError.is(error)) return error;
  const { code, nextStep } = diagnose(error);
  return new RetrievalError({
    code,
    origin,
    problem: sentence(reasonOf(error)),
    nextStep,
    cause: foreignCause(error),
  });
}

/** Whether Elasticsearch read the request and found it wrong. */
export function isBadRequest(error: unknown): boolean {
  return statusOf(error) === 400;
}

/** Whether Elasticsearch asks to send the same again, later. */
export function isRejection(error: unknown): boolean {
  return statusOf(error) === 429;
}

function diagnose(error: unknown): Diagnosis {
  const { name } = (error ?? {}) as { name?: string };
  const types = causesOf(error).map(({ type }) => type);
  for (const type of types) {
    const diagnosis = byType[String(type)];
    if (diagnosis) return diagnosis;
  }
  if (/different number of dimensions|different dimension/.test(reasonOf(error))) {
    return {
      code: 'dimension-mismatch',
      nextStep: 'Use the model that the index was filled with, or another index.',
    };
  }
  return byStatus[statusOf(error) ?? 0] ?? byName[name ?? ''] ?? unknown;
}

interface ElasticCause {
  readonly type?: unknown;
  readonly reason?: unknown;
  readonly root_cause?: readonly ElasticCause[];
  readonly caused_by?: ElasticCause;
}

/** Absent without an answer; the client gives 0 then. */
function statusOf(error: unknown): number | undefined {
  return (error as { meta?: { statusCode?: number } } | undefined)?.meta?.statusCode || undefined;
}

/** The server's error and its causes: the outer one is often "all shards failed". */
function causesOf(error: unknown): readonly ElasticCause[] {
  const told = (error as { meta?: { body?: { error?: unknown } } } | undefined)?.meta?.body?.error;
  if (typeof told !== 'object' || told === null) return [];
  const { root_cause: roots = [], caused_by: cause } = told as ElasticCause;
  return [told as ElasticCause, ...roots, ...(cause ? [cause] : [])];
}

function reasonOf(error: unknown): string {
  const causes = causesOf(error);
  const root = causes[1] ?? causes[0];
  if (typeof root?.reason === 'string') return root.reason;
  const status = statusOf(error);
  const message = error instanceof Error ? error.message : String(error);
  return status === undefined ? message : `Elasticsearch answered with status ${status}`;
}

/** Removes a field's refused text, which the server quotes. */
export function withoutValue(reason: string): string {
  return reason
    .replace(/\.? Preview of field's value: '[\s\S]*'/, '')
    .replace(/(For input string): "[\s\S]*"/, '$1');
}

function sentence(reason: string): string {
  const text = withoutValue(reason).trim().slice(0, 500) || 'The client gave no reason';
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
