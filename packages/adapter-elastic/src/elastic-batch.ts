import { RetrievalError } from '@secondpass/core';
import { foreignCause, stringifyJson } from '@secondpass/core/extend';
import { type BulkItem, type BulkOutcome, sendBulk } from './elastic-bulk.ts';
import type { ElasticGetRequest } from './elastic-client.ts';
import type { ElasticEngine } from './elastic-engine.ts';
import { elasticError, isBadRequest, withoutValue } from './elastic-error.ts';

export interface BatchRequest {
  /** The signal does not abort its requests: the effect of an aborted request would be unknown. */
  readonly engine: ElasticEngine;
  readonly index: string;
  readonly origin: string;
  readonly vectorField: string;
  readonly documents: readonly { readonly id: string; readonly json: string }[];
  readonly retries: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Stores all of the documents or none. Elasticsearch has no transactions: when one document is refused, or the signal
 * is aborted, the stored ones are undone: deleted, or replaced by the previous version, unless another client has
 * written the same id since. The signal aborts no running request.
 *
 * @throws RetrievalError `invalid-document` or `overloaded` when nothing of the batch is stored; `source-failed` when
 * a part of it could not be undone; `source-unreachable` when Elasticsearch stopped answering midway
 */
export async function storeBatch(request: BatchRequest): Promise<void> {
  const { engine, index, documents, retries, signal } = request;
  const before = await previousVersions(request);
  signal?.throwIfAborted();
  const items = documents.map((document): BulkItem => ({ ...document, action: 'index' }));
  const outcomes = await sendBulk({ engine, index, items, retries }).catch((error: unknown) => {
    throw unanswered(error, request);
  });
  const refused = outcomes.filter(({ status }) => status >= 300);
  if (refused.length === 0 && !signal?.aborted) return;

  const undo = outcomes
    .filter(({ status }) => status < 300)
    .map(({ id, seqNo, primaryTerm }): BulkItem => {
      const json = before.get(id);
      const onlyIf = { seqNo, primaryTerm };
      return json === undefined ? { id, action: 'delete', onlyIf } : { id, action: 'index', json, onlyIf };
    });
  const undone = await sendBulk({ engine, index, items: undo, retries: retries + 4 }).catch(
    (error: unknown) => {
      throw unanswered(error, request);
    },
  );
  const left = undone.filter(({ status }) => status >= 300 && status !== 409 && status !== 404);
  if (left.length > 0) throw partly(left, request);
  signal?.throwIfAborted();
  throw refusal(refused, request);
}

/**
 * Elasticsearch from 9.2 returns vectors only on request; earlier versions refuse that parameter; and each major
 * version of the client sends it in another place.
 */
const waysToGetVectors: readonly Partial<ElasticGetRequest>[] = [
  {},
  { querystring: { _source_exclude_vectors: false } },
  { _source_exclude_vectors: false },
];

/**
 * The documents stored under these ids, as JSON. New ids are absent.
 *
 * @throws RetrievalError `source-failed` when existing documents' vectors cannot be read
 */
async function previousVersions(request: BatchRequest): Promise<ReadonlyMap<string, string>> {
  const { engine, index, documents, vectorField, origin } = request;
  const ids = documents.map(({ id }) => id);
  const present = found(await engine.mget({ index, ids, _source: false })).map(({ _id }) => _id);
  if (present.length === 0) return new Map();
  for (const way of waysToGetVectors) {
    const answer = await engine.mget({ index, ids: present, ...way }).catch((error: unknown) => {
      if (!isBadRequest(error)) throw error;
    });
    const previous = answer === undefined ? [] : found(answer);
    if (
      previous.length > 0 &&
      previous.every(({ _source }) => _source !== undefined && vectorField in _source)
    ) {
      return new Map(previous.map(({ _id, _source }) => [_id, stringifyJson(_source)]));
    }
  }
  throw new RetrievalError({
    code: 'source-failed',
    origin,
    problem: `${present.length} of the documents are stored already, and Elasticsearch returns them without vectors.`,
    nextStep: 'Delete them first: without their vectors they could not be restored if the write failed.',
  });
}

/** The documents that an `_mget` found. */
export function found(
  answer: unknown,
): readonly { readonly _id: string; readonly _source?: Readonly<Record<string, unknown>> }[] {
  const { docs } = answer as {
    docs: readonly { _id: string; found?: boolean; _source?: Record<string, unknown> }[];
  };
  return docs.filter((document) => document.found === true);
}

function refusal(refused: readonly BulkOutcome[], { origin }: BatchRequest): RetrievalError {
  const [first] = refused;
  const busy = first!.status === 429;
  return new RetrievalError({
    code: busy ? 'overloaded' : first!.status === 400 ? 'invalid-document' : 'source-failed',
    origin,
    problem: `${count(refused)} not stored, the first ${JSON.stringify(first!.id).slice(0, 100)}: ${reasonOf(first!)}.`,
    nextStep: `No document of this call was stored; ${busy ? 'write less at a time, or later' : 'correct it and write again'}.`,
    cause: foreignCause(first!.error),
  });
}

/** The effect of a request without an answer is unknown. */
function unanswered(error: unknown, { origin }: BatchRequest): RetrievalError {
  const { code, problem, nextStep, cause } = elasticError(error, origin);
  const more = 'Some of the documents may be stored, each completely: write all of them again.';
  return new RetrievalError({ code, origin, problem, nextStep: `${nextStep} ${more}`, cause });
}

function partly(left: readonly BulkOutcome[], { origin }: BatchRequest): RetrievalError {
  const ids = left.slice(0, 10).map(({ id }) => JSON.stringify(id).slice(0, 100));
  return new RetrievalError({
    code: 'source-failed',
    origin,
    problem: `The call failed, but ${count(left)} stored anyway: ${ids.join(', ')}${left.length > 10 ? '…' : ''}.`,
    nextStep: 'Write the same documents again, or delete these.',
    cause: foreignCause(left[0]!.error),
  });
}

function count(outcomes: readonly BulkOutcome[]): string {
  return outcomes.length === 1 ? '1 document is' : `${outcomes.length} documents are`;
}

function reasonOf({ error, status }: BulkOutcome): string {
  const reason = error?.caused_by?.reason ?? error?.reason ?? `status ${status}`;
  return withoutValue(reason)
    .trim()
    .slice(0, 300)
    .replace(/[.!?]$/, '');
}
