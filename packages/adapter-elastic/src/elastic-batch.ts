import { RetrievalError } from '@secondpass/core';
import { foreignCause, stringifyJson } from '@secondpass/core/extend';
import { type BulkItem, type BulkOutcome, sendBulk } from './elastic-bulk.ts';
import type { ElasticGetRequest } from './elastic-client.ts';
import type { ElasticEngine } from './elastic-engine.ts';
import { elasticError, isBadRequest, withoutValue } from './elastic-error.ts';

export interface BatchRequest {
  /** Its requests are not stopped by the signal: of a request stopped in the middle it is not known what it did. */
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
 * is aborted, those that were stored are taken back: deleted, or replaced by what was there before, unless
 * somebody else has written the same id since. The signal stops nothing in the middle of a request.
 *
 * @throws RetrievalError `invalid-document` or `overloaded` when nothing of the batch stays; `source-failed` when a
 * part of it could not be taken back; `source-unreachable` when Elasticsearch stopped answering in the middle
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
 * Elasticsearch from 9.2 leaves vectors out of what it gives back unless asked for them; earlier ones refuse the
 * question; and each major version of the client passes it on in another place.
 */
const waysToGetVectors: readonly Partial<ElasticGetRequest>[] = [
  {},
  { querystring: { _source_exclude_vectors: false } },
  { _source_exclude_vectors: false },
];

/**
 * What is stored under these ids, as JSON. Ids that are new are absent.
 *
 * @throws RetrievalError `source-failed` when documents are there whose vectors cannot be had
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
    problem: `${present.length} of the documents are stored already, without vectors in what Elasticsearch gives back.`,
    nextStep: 'Delete them first: without their vectors they could not be put back if the write failed.',
  });
}

/** The documents of an `_mget` that are there. */
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
    nextStep: `Nothing of this call was kept; ${busy ? 'write less at a time, or later' : 'correct it and write again'}.`,
    cause: foreignCause(first!.error),
  });
}

/** What a request without an answer has done is not known. */
function unanswered(error: unknown, { origin }: BatchRequest): RetrievalError {
  const { code, problem, nextStep, cause } = elasticError(error, origin);
  const more = 'A part of the documents may be stored, each whole: write all of them again.';
  return new RetrievalError({ code, origin, problem, nextStep: `${nextStep} ${more}`, cause });
}

function partly(left: readonly BulkOutcome[], { origin }: BatchRequest): RetrievalError {
  const ids = left.slice(0, 10).map(({ id }) => JSON.stringify(id).slice(0, 100));
  return new RetrievalError({
    code: 'source-failed',
    origin,
    problem: `The call was not completed, and ${count(left)} of it stored nevertheless: ${ids.join(', ')}${left.length > 10 ? '…' : ''}.`,
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
