import { createHash } from 'node:crypto';
import type { DocumentInterface } from '@langchain/core/documents';
import type { VectorStoreInterface } from '@langchain/core/vectorstores';
import { type CandidateRequest, type CandidateSource, RetrievalError } from '@secondpass/core';
import { callback, checkOptions, oneOf, optionsOf, text, untilAborted } from '@secondpass/core/extend';

/** What the store's scores are, and how it filters. */
export interface VectorStoreSourceOptions<Store extends VectorStoreInterface> {
  /** @default `langchain:` and the store's type */
  readonly name?: string;
  /** The kind of the store's scores. A candidate's score is the negative of a distance. @default 'similarity' */
  readonly scores?: 'similarity' | 'distance';
  /** Translates a request's filter and tenant to the store's own filter. Without it, such requests are refused. */
  readonly storeFilter?: (scope: Pick<CandidateRequest, 'filter' | 'tenant'>) => Store['FilterType'];
}

const optionsSchema = optionsOf({
  name: text.optional(),
  scores: oneOf(['similarity', 'distance']).optional(),
  storeFilter: callback('filter and tenant').optional(),
});

/**
 * Any LangChain vector store as stage 1. A document without an id gets the digest of its text as id. Documents without
 * text, and later ones with the same id, are left out.
 *
 * @throws RetrievalError in `search`: `source-failed`, also if scores rise down the list, as distances do
 *
 * @example
 * import { MemoryVectorStore } from '@langchain/classic/vectorstores/memory';
 * import { FakeEmbeddings } from '@langchain/core/utils/testing';
 * import { vectorStoreSource } from '@secondpass/langchain';
 * const embeddings = new FakeEmbeddings(); // in earnest: the model of your store
 * const store = await MemoryVectorStore.fromTexts(['Yeast makes dough rise.'], [{ year: 1929 }], embeddings);
 * const vector = Float32Array.from(await embeddings.embedQuery('bread'));
 * const [found] = await vectorStoreSource(store).search({ query: { text: 'bread', vector }, depth: 10 });
 * found?.payload; // → { year: 1929 }
 */
export function vectorStoreSource<Store extends VectorStoreInterface>(
  store: Store,
  options: VectorStoreSourceOptions<Store> = {},
): CandidateSource {
  checkOptions(optionsSchema, options, { origin: 'vector-store-source' });
  const { name = `langchain:${store._vectorstoreType()}`, scores = 'similarity', storeFilter } = options;
  return {
    name,
    input: 'vector',
    async search({ query, depth, filter, tenant, signal }) {
      signal?.throwIfAborted();
      if (!query.vector) throw refuse(name, 'invalid-query', 'The query has no vector.', 'Pass an embedder.');
      const scoped = filter !== undefined || tenant !== undefined;
      if (scoped && !storeFilter) {
        const problem = 'The store has its own filter language, and nothing translates into it.';
        throw refuse(name, 'invalid-filter', problem, 'Pass storeFilter to vectorStoreSource.');
      }
      const own = storeFilter?.({ ...(filter && { filter }), ...(tenant !== undefined && { tenant }) });
      const work = store.similaritySearchVectorWithScore([...query.vector], depth, own);
      const found = await (signal ? untilAborted(work, signal) : work).catch((error) => {
        if (signal?.aborted) throw error;
        const problem = `The store failed: ${(error as Error).message}.`;
        throw refuse(name, 'source-failed', problem, 'Check the store and its connection.', error);
      });
      return candidatesOf(name, found, scores === 'distance' ? -1 : 1);
    },
  };
}

function candidatesOf(name: string, found: [DocumentInterface, number][], sign: 1 | -1) {
  const first = new Map<
    string,
    { id: string; text: string; score: number; payload: Record<string, unknown> }
  >();
  for (const [{ id: given, pageContent: text, metadata }, value] of found) {
    const id = given ?? createHash('sha256').update(text).digest('hex');
    if (text.trim() !== '' && !first.has(id))
      first.set(id, { id, text, score: sign * value, payload: metadata });
  }
  const candidates = [...first.values()].map((candidate, index) => ({ ...candidate, rank: index + 1 }));
  const rising = candidates.some(({ score }, index) => index > 0 && score > candidates[index - 1]!.score);
  if (rising || candidates.some(({ score }) => !Number.isFinite(score))) {
    const problem = 'Its scores do not fall from one document to the next.';
    throw refuse(name, 'source-failed', problem, `Pass scores: '${sign === 1 ? 'distance' : 'similarity'}'.`);
  }
  return candidates;
}

function refuse(
  origin: string,
  code: 'invalid-query' | 'invalid-filter' | 'source-failed',
  problem: string,
  nextStep: string,
  cause?: unknown,
) {
  return new RetrievalError({ code, origin, problem, nextStep, cause });
}
