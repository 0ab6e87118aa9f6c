import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CandidateRequest, CandidateSource } from '../candidate-source.ts';
import { checkDocuments } from '../check-text.ts';
import type { DocumentWriter, StoredDocument } from '../document-writer.ts';
import { parseFilter } from '../filter.ts';
import { RetrievalError, type RetrievalErrorCode } from '../retrieval-error.ts';
import { filterMatches } from './filter-matches.ts';

const name = 'in-memory';

/**
 * The reference adapter: exact cosine similarity over a Map. It shows in a hundred lines what the contract asks for,
 * and stands in for a database in tests.
 */
export function inMemorySource(): { readonly source: CandidateSource; readonly writer: DocumentWriter } {
  const documents = new Map<string, StoredDocument>();
  let dimensions: number | undefined;
  let whole = false;
  let closed = false;

  const source: CandidateSource = {
    name,
    input: 'vector',
    async search({ query, depth, filter, tenant, signal }: CandidateRequest) {
      await turn(signal);
      if (closed) refuse('closed', 'The source is closed.', 'Make a new one.');
      if (tenant !== undefined)
        refuse('invalid-options', 'A tenant is named.', 'Leave it out; there are none.');
      if (!Number.isInteger(depth) || depth < 1)
        refuse('invalid-options', `depth is ${depth}.`, 'Use 1 or more.');
      const condition = filter === undefined ? undefined : parseFilter(filter, name);
      const { vector } = query;
      if (!vector?.every(Number.isFinite))
        refuse('invalid-query', 'There is no finite vector.', 'Embed the query.');
      if (dimensions === undefined)
        refuse('source-not-found', 'Nothing was prepared.', 'Index documents first.');
      if (!whole) refuse('source-incomplete', 'The first filling has not finished.', 'Run indexing again.');
      checkLength(vector.length);
      return [...documents.values()]
        .filter((document) => condition === undefined || filterMatches(condition, document.payload))
        .map((document) => ({ document, score: cosine(vector, document.vector) }))
        .sort((a, b) => b.score - a.score || (a.document.id < b.document.id ? -1 : 1))
        .slice(0, depth)
        .map(({ document: { id, text, payload }, score }, index) => ({
          id,
          text,
          score,
          rank: index + 1,
          ...(payload && { payload: asJson(payload) }),
        }));
    },
    async close() {
      closed = true;
    },
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
      checkDocuments(batch, name);
      if (dimensions === undefined)
        refuse('source-not-found', 'Nothing was prepared.', 'Call prepare first.');
      for (const { vector } of batch) checkLength(vector.length);
      for (const { payload, vector, ...document } of batch) {
        documents.set(document.id, {
          ...document,
          vector: vector.slice(),
          ...(payload && { payload: asJson(payload) }),
        });
      }
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
  return { source, writer };

  function checkLength(length: number): void {
    if (length === dimensions) return;
    refuse(
      'dimension-mismatch',
      `The vector has ${length} elements, not ${dimensions}.`,
      'Use one model for both.',
    );
  }
}

/** Gives other work its turn, as asking a database does, and notices when the caller gave up meanwhile. */
async function turn(signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await nextTurn();
  signal?.throwIfAborted();
}

/** A copy, and what JSON would make of it. */
function asJson<T>(payload: T): T {
  return JSON.parse(JSON.stringify(payload)) as T;
}

function refuse(code: RetrievalErrorCode, problem: string, nextStep: string): never {
  throw new RetrievalError({ code, origin: name, problem, nextStep });
}

function cosine(a: Float32Array, b: Float32Array): number {
  let [dot, lengthA, lengthB] = [0, 0, 0];
  for (const [index, value] of a.entries()) {
    const other = b[index]!;
    dot += value * other;
    lengthA += value * value;
    lengthB += other * other;
  }
  return dot / Math.sqrt(lengthA * lengthB);
}
