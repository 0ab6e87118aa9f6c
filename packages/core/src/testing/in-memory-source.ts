import { setImmediate as nextTurn } from 'node:timers/promises';
import { checkOptions, optionsOf, text } from '../foundation/check-options.ts';
import { checkQuery } from '../foundation/check-text.ts';
import { describeValue } from '../foundation/describe-value.ts';
import { parseJson } from '../foundation/parse-json.ts';
import { RetrievalError, type RetrievalErrorCode } from '../foundation/retrieval-error.ts';
import { stringifyJson } from '../foundation/stringify-json.ts';
import type { Candidate } from '../retrieval/seams/candidate.ts';
import type { CandidateRequest, CandidateSource, FetchRequest } from '../retrieval/seams/candidate-source.ts';
import { checkCandidateRequest } from '../retrieval/seams/check-candidate-request.ts';
import { checkStoredDocuments } from '../retrieval/seams/check-documents.ts';
import { checkFetchRequest } from '../retrieval/seams/check-fetch-request.ts';
import { isTenant } from '../retrieval/seams/check-tenant.ts';
import type { DocumentReader } from '../retrieval/seams/document-reader.ts';
import type { DocumentWriter, StoredDocument } from '../retrieval/seams/document-writer.ts';
import { parseFilter } from '../retrieval/seams/filter.ts';
import type { Query } from '../retrieval/seams/query.ts';
import { filterMatches } from './filter-matches.ts';
import { cosine, sharedWords } from './in-memory-scores.ts';

const name = 'in-memory';

/** Which documents are visible; a key may be undefined. */
type Scope = { readonly [K in 'filter' | 'tenant' | 'signal']: CandidateRequest[K] | undefined };

/** What {@link inMemorySource} gives: both searches, writer and reader over the same documents. */
export interface InMemorySource {
  readonly source: CandidateSource;
  /** Searches the same documents by their words. */
  readonly textSource: CandidateSource;
  readonly writer: DocumentWriter;
  readonly reader: DocumentReader;
}

/**
 * The reference adapter: exact search over a Map, by cosine similarity or by shared words. It is an example of the
 * contract, and replaces a database in tests.
 *
 * @param options.tenantField a top-level payload field; makes it multi-tenant
 *
 * @example
 * import { inMemorySource } from '@secondpass/core/testing';
 * const { textSource, writer } = inMemorySource();
 * await writer.prepare({ dimensions: 2 });
 * await writer.write([{ id: '1', text: 'Yeast makes dough rise.', vector: Float32Array.of(1, 0), digest: 'a' }]);
 * await writer.finish();
 * (await textSource.search({ query: { text: 'yeast' }, depth: 10 })).map(({ id }) => id); // → [ '1' ]
 */
export function inMemorySource(options: { readonly tenantField?: string } = {}): InMemorySource {
  checkOptions(optionsOf({ tenantField: text.optional() }), options, { origin: name });
  const { tenantField } = options;
  const documents = new Map<string, StoredDocument>();
  let dimensions: number | undefined;
  let whole = false;

  const vectorScores = ({ vector }: Query, searched: readonly StoredDocument[]) => {
    if (!vector?.every(Number.isFinite))
      refuse('invalid-query', 'There is no finite vector.', 'Embed the query.');
    checkReady();
    checkLength(vector.length);
    return searched.map((document) => cosine(vector, document.vector));
  };
  const textScores = ({ text }: Query, searched: readonly StoredDocument[]) => {
    checkQuery(text, name);
    checkReady();
    return sharedWords(
      text,
      searched.map((document) => document.text),
    );
  };

  const writer: DocumentWriter = {
    name,
    async prepare({ dimensions: wanted, signal }) {
      signal?.throwIfAborted();
      dimensions ??= wanted;
      checkLength(wanted);
    },
    async storedDigests(ids, { signal } = {}) {
      signal?.throwIfAborted();
      return new Map(ids.flatMap((id) => (documents.has(id) ? [[id, documents.get(id)!.digest]] : [])));
    },
    async write(batch, { signal } = {}) {
      await turn(signal);
      checkStoredDocuments(batch, name);
      checkPrepared();
      for (const { id, vector, payload } of batch) {
        checkLength(vector.length);
        if (tenantField !== undefined && !isTenant(payload?.[tenantField])) {
          refuse('invalid-document', `The document "${id}" has no tenant.`, `Fill "${tenantField}".`);
        }
      }
      for (const document of batch) documents.set(document.id, copyOf(document));
    },
    async finish({ signal } = {}) {
      signal?.throwIfAborted();
      whole = true;
    },
    async count() {
      return documents.size;
    },
    async delete(ids) {
      return ids.filter((id) => documents.delete(id)).length;
    },
  };

  const reader: DocumentReader = {
    name,
    async dimensions() {
      return checkPrepared();
    },
    async count() {
      checkPrepared();
      return documents.size;
    },
    async *read({ batchSize = 500, signal } = {}) {
      if (!Number.isInteger(batchSize) || batchSize < 1)
        refuse('invalid-options', `batchSize is ${describeValue(batchSize)}.`, 'Use 1 or more.');
      checkReady();
      const all = [...documents.values()];
      for (let start = 0; start < all.length; start += batchSize) {
        await turn(signal);
        yield all.slice(start, start + batchSize).map(copyOf);
      }
      signal?.throwIfAborted();
    },
  };
  return {
    source: sourceBy('vector', vectorScores),
    textSource: sourceBy('text', textScores),
    writer,
    reader,
  };

  /** @param scoresOf one score per document; a score by words of 0 or less means that no word is shared */
  function sourceBy(
    input: 'vector' | 'text',
    scoresOf: (query: Query, searched: readonly StoredDocument[]) => readonly number[],
  ): CandidateSource {
    let closed = false;
    return {
      name,
      input,
      similarity: input === 'vector' ? 'cosine' : undefined,
      async search(request: CandidateRequest): Promise<Candidate[]> {
        checkCandidateRequest(request, name);
        const { query, depth, filter, tenant, signal } = request;
        const searched = await visible({ filter, tenant, signal });
        const scores = scoresOf(query, searched);
        return searched
          .map(({ id, text, payload }, index) => ({ id, text, payload, score: scores[index]! }))
          .filter(({ score }) => input === 'vector' || score > 0)
          .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
          .slice(0, depth)
          .map(({ payload, ...candidate }, index) => ({
            ...candidate,
            rank: index + 1,
            ...(payload && { payload: asJson(payload) }),
          }));
      },
      async fetch(request: FetchRequest) {
        checkFetchRequest(request, name);
        const { ids, filter, tenant, signal } = request;
        const found = new Map(
          (await visible({ filter, tenant, signal })).map((document) => [document.id, document]),
        );
        checkReady();
        return ids.flatMap((id) => {
          const document = found.get(id);
          if (!document) return [];
          const { text, payload } = document;
          return [{ id, text, ...(payload && { payload: asJson(payload) }) }];
        });
      },
      async close() {
        closed = true;
      },
    };

    /** The documents that match filter and tenant. */
    async function visible({ filter, tenant, signal }: Scope): Promise<readonly StoredDocument[]> {
      await turn(signal);
      if (closed) refuse('closed', 'The source is closed.', 'Make a new one.');
      if (tenantField === undefined ? tenant !== undefined : !isTenant(tenant))
        refuse(
          'invalid-options',
          'A tenant is named and the source has none, or the source has tenants and none is named.',
          'Pass a tenant if, and only if, tenantField is set.',
        );
      const condition = filter === undefined ? undefined : parseFilter(filter, name);
      return [...documents.values()].filter(
        ({ payload }) =>
          (tenantField === undefined || payload?.[tenantField] === tenant) &&
          (condition === undefined || filterMatches(condition, payload)),
      );
    }
  }

  function checkPrepared(): number {
    return dimensions ?? refuse('source-not-found', 'Nothing was prepared.', 'Index documents first.');
  }

  function checkReady(): void {
    checkPrepared();
    if (!whole) refuse('source-incomplete', 'The first filling has not finished.', 'Run indexing again.');
  }

  function checkLength(length: number): void {
    if (length === dimensions) return;
    const problem = `The vector has ${describeValue(length)} elements, not ${dimensions}.`;
    refuse('dimension-mismatch', problem, 'Use one model for both.');
  }
}

/** Yields to other work, as a database call does, and rejects if the caller aborted meanwhile. */
async function turn(signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await nextTurn();
  signal?.throwIfAborted();
}

function copyOf({ vector, payload, ...document }: StoredDocument): StoredDocument {
  return { ...document, vector: vector.slice(), ...(payload && { payload: asJson(payload) }) };
}

/** A copy, as a JSON round trip gives it. */
function asJson<T>(payload: T): T {
  return parseJson(stringifyJson(payload)) as T;
}

function refuse(code: RetrievalErrorCode, problem: string, nextStep: string): never {
  throw new RetrievalError({ code, origin: name, problem, nextStep });
}
