import { AsyncLocalStorage } from 'node:async_hooks';
import { Document, type DocumentInterface } from '@langchain/core/documents';
import { BaseRetriever, type BaseRetrieverInput } from '@langchain/core/retrievers';
import type { RetrieveOptions, TwoStageRetriever } from '@secondpass/core';
import { checkOptions, having, kind, optionsOf } from '@secondpass/core/extend';

/** The retriever behind a {@link SecondpassRetriever}. */
export interface SecondpassRetrieverInput extends BaseRetrieverInput {
  readonly retriever: TwoStageRetriever;
  /** Tenant, filter, topK and the like of every query. @default the retriever's own */
  readonly options?: RetrieveOptions;
}

/** What LangChain's own base class takes, it checks. */
const ofLangChain = kind('what LangChain takes', () => true).optional();

const inputSchema = optionsOf({
  retriever: having<TwoStageRetriever>('a TwoStageRetriever', 'retrieve'),
  options: having<RetrieveOptions>('the options of retrieve').optional(),
  callbacks: ofLangChain,
  tags: ofLangChain,
  metadata: ofLangChain,
  verbose: ofLangChain,
});

/**
 * Both stages as a LangChain retriever. A document's metadata is the payload, with `relevanceScore` (stage 2, in [0,
 * 1]; absent if stage 2 failed and stage 1's order was kept) and `stage1Score`. `invoke` passes its `signal` on.
 *
 * @throws RetrievalError as `TwoStageRetriever.retrieve` does
 *
 * @example
 * import { loadCrossEncoder, TwoStageRetriever } from '@secondpass/core';
 * import { SecondpassRetriever } from '@secondpass/langchain';
 * import { modelDirectory } from '@secondpass/models';
 * await using reranker = await loadCrossEncoder(modelDirectory('nano'));
 * const search = async () => [{ id: '1', text: 'Yeast makes dough rise.', score: 1, rank: 1 }];
 * const stages = new TwoStageRetriever({ source: { name: 'notes', input: 'text', search }, reranker });
 * const retriever = new SecondpassRetriever({ retriever: stages, options: { topK: 5 } });
 * (await retriever.invoke('bread'))[0]?.pageContent; // → 'Yeast makes dough rise.'
 */
export class SecondpassRetriever extends BaseRetriever {
  lc_namespace = ['secondpass', 'retrievers'];
  readonly #retriever: TwoStageRetriever;
  readonly #options: RetrieveOptions;
  // BaseRetriever.invoke does not pass the signal on.
  readonly #signal = new AsyncLocalStorage<AbortSignal | undefined>();

  static override lc_name(): string {
    return 'SecondpassRetriever';
  }

  constructor(input: SecondpassRetrieverInput) {
    checkOptions(inputSchema, input, { origin: 'secondpass-retriever' });
    const { retriever, options = {}, ...fields } = input;
    super(fields);
    this.#retriever = retriever;
    this.#options = options;
  }

  override invoke(...[input, options]: Parameters<BaseRetriever['invoke']>): Promise<DocumentInterface[]> {
    return this.#signal.run(options?.signal, () => super.invoke(input, options));
  }

  override async _getRelevantDocuments(query: string): Promise<DocumentInterface[]> {
    const signals = [this.#options.signal, this.#signal.getStore()].filter((signal) => signal !== undefined);
    const { hits } = await this.#retriever.retrieve(query, {
      ...this.#options,
      ...(signals.length > 0 && { signal: AbortSignal.any(signals) }),
    });
    return hits.map(({ candidate, score, rawScore }) => {
      const { id, text, payload, score: stage1Score } = candidate;
      const relevance = rawScore === undefined ? {} : { relevanceScore: score };
      return new Document({ id, pageContent: text, metadata: { ...payload, ...relevance, stage1Score } });
    });
  }
}
