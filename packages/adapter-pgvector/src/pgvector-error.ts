import { RetrievalError, type RetrievalErrorCode } from '@secondpass/core';
import { foreignCause } from '@secondpass/core/extend';

interface Diagnosis {
  readonly code: RetrievalErrorCode;
  readonly nextStep: string;
}

const unreachable = (nextStep: string): Diagnosis => ({ code: 'source-unreachable', nextStep });
const notFound = (nextStep: string): Diagnosis => ({ code: 'source-not-found', nextStep });
const startIt = unreachable('Check that PostgreSQL runs, and host and port.');
const signIn = unreachable('Check user and password.');

/** PostgreSQL's SQLSTATE → ours. https://www.postgresql.org/docs/current/errcodes-appendix.html */
const bySqlState: Readonly<Record<string, Diagnosis>> = {
  '28000': signIn,
  '28P01': signIn,
  '3D000': notFound('Create the database, or name another in the URL.'),
  '3F000': notFound('Create the schema, or name another in the table option.'),
  '42P01': notFound('Index documents first, or name another table.'),
  '42703': notFound('Set columns to the names that the table has.'),
  '42704': notFound('Run CREATE EXTENSION vector in this database, and keep its schema in the search_path.'),
  '42883': notFound('Run CREATE EXTENSION vector in this database, and keep its schema in the search_path.'),
  '25006': {
    code: 'source-failed',
    nextStep: 'A search cannot write, and a replica cannot at all: url, or client, must lead to the primary.',
  },
  '26000': {
    code: 'source-failed',
    nextStep: 'Set preparedStatements: false; a pooler in between does not keep them.',
  },
  // A replica cancels what reads rows that the primary has removed meanwhile.
  '40001': { code: 'source-failed', nextStep: 'Try again, or set hot_standby_feedback = on on the replica.' },
  '42501': { code: 'source-failed', nextStep: 'Grant the user the privilege that the message names.' },
  '42602': {
    code: 'source-failed',
    nextStep: 'Update pgvector to 0.8 or later, or set iterativeScan: "off".',
  },
  '57014': { code: 'deadline-exceeded', nextStep: 'Raise statementTimeoutMs, or lower depth.' },
  '53300': unreachable('Lower the size of the pools, or raise max_connections.'),
  '57P01': unreachable('The server closed the connection; try again once it runs.'),
  '57P02': unreachable('The server closed the connection; try again once it runs.'),
  '57P03': unreachable('The server is starting; try again shortly.'),
  '57P05': unreachable('The session was idle for too long; try again.'),
};

const networkCodes =
  /^E(CONN|HOST|NET|PIPE|TIMEDOUT|AI_|NOTFOUND|ADDR)|^(ERR_TLS|CERT_|DEPTH_ZERO|UNABLE_TO_|SELF_SIGNED)|^ENOTFOUND|^ENOENT$/;

/** pg and PGlite report these only by their messages. */
const byMessage: readonly (readonly [RegExp, Diagnosis])[] = [
  [
    /text search configuration .* does not exist/,
    {
      code: 'invalid-options',
      nextStep: 'Use a language that \\dF of psql lists, such as "english" or "simple".',
    },
  ],
  [
    /invalid input syntax for type json/,
    {
      code: 'invalid-options',
      nextStep: 'Where columns.payload names an ordinary column, give a list of columns: ["author"].',
    },
  ],
  [
    /inside a transaction of the caller/,
    {
      code: 'source-failed',
      nextStep: 'End that transaction first, or pass a separate client or a pool.',
    },
  ],
  [
    /calling end on the pool|pglite is clos|client was closed/i,
    { code: 'closed', nextStep: 'Open a new client.' },
  ],
  [
    /different vector dimensions|expected \d+ dimensions/,
    {
      code: 'dimension-mismatch',
      nextStep: 'Use the model that the table was indexed with, or another table.',
    },
  ],
  [
    /PostgreSQL did not answer/,
    {
      code: 'deadline-exceeded',
      nextStep: 'Check that PostgreSQL and the network to it work, or raise statementTimeoutMs.',
    },
  ],
  [
    /transaction blocks not allowed in statement pooling/,
    {
      code: 'source-failed',
      nextStep: 'Set pool_mode = transaction in PgBouncer; a search is a transaction of several statements.',
    },
  ],
  [
    /query_wait_timeout|no more connections allowed/,
    unreachable('Raise default_pool_size or max_client_conn in PgBouncer, or lower poolSize.'),
  ],
  [/exceeded when trying to connect/, unreachable('Check that PostgreSQL runs, or enlarge the pool.')],
  [/connection (terminated|error|timeout|ended)|not queryable/i, startIt],
  [
    /SASL|password must be a string|does not support SSL/i,
    unreachable('Check user, password and the TLS setting.'),
  ],
];

const unknown: Diagnosis = { code: 'source-failed', nextStep: 'The message says what PostgreSQL refused.' };

/**
 * Gives a driver's error a code and a next step. A `RetrievalError` and the signal's reason are passed on unchanged.
 */
export function pgvectorError(error: unknown, origin: string, signal?: AbortSignal): unknown {
  if (RetrievalError.is(error) || (signal?.aborted && error === signal.reason)) return error;
  const { code, nextStep } = diagnose(error);
  return new RetrievalError({
    code,
    origin,
    problem: sentence(messageOf(error)),
    nextStep,
    cause: foreignCause(error),
  });
}

function diagnose(error: unknown): Diagnosis {
  const { code } = (error ?? {}) as { code?: unknown };
  const message = messageOf(error);
  for (const [pattern, diagnosis] of byMessage) if (pattern.test(message)) return diagnosis;
  if (typeof code !== 'string') return unknown;
  return bySqlState[code] ?? (code.startsWith('08') || networkCodes.test(code) ? startIt : unknown);
}

/** Node reports a name with several addresses as an AggregateError without a message. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error || (typeof error === 'object' && error !== null && 'message' in error)
    ? String((error as Error).message)
    : String(error);
}

/** The refused value, which may be a passage: `invalid input syntax for type integer: "…"`. */
const quotedValue = /: "[\s\S]*"$/;

function sentence(message: string): string {
  const text = message.trim().replace(quotedValue, '').slice(0, 500) || 'The driver gave no reason';
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
