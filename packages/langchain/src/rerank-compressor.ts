import { Document, type DocumentInterface } from '@langchain/core/documents';
import { BaseDocumentCompressor } from '@langchain/core/retrievers/document_compressors';
import { type RankOptions, type Reranker, rank } from '@secondpass/core';
import {
  abortSignal,
  checkOptions,
  having,
  integer,
  number,
  oneOf,
  optionsOf,
  scoreReadable,
  scoreScalings,
} from '@secondpass/core/extend';

/** The reranker of a {@link RerankCompressor}, and how much it keeps. */
export interface RerankCompressorOptions extends Omit<RankOptions, 'blend'> {
  readonly reranker: Reranker;
  /** How many documents are kept. @default all */
  readonly topN?: number;
  /** LangChain passes no signal to a compressor: to abort a request, make a compressor for it. @default none */
  readonly signal?: AbortSignal;
}

const optionsSchema = optionsOf({
  reranker: having<Reranker>('a reranker with name and score(), such as loadCrossEncoder gives', 'score'),
  topN: integer(1, 1_000_000).optional(),
  minScore: number(0, 1).optional(),
  scoreScaling: oneOf(scoreScalings).optional(),
  signal: abortSignal.optional(),
});

/**
 * Stage 2 in a `ContextualCompressionRetriever`. Documents come back as copies with their id and metadata, best first, and
 * `metadata.relevanceScore` in [0, 1]; those without text come last, without that field.
 *
 * @example
 * import { Document } from '@langchain/core/documents';
 * import { loadCrossEncoder } from '@secondpass/core';
 * import { RerankCompressor } from '@secondpass/langchain';
 * import { modelDirectory } from '@secondpass/models';
 * await using reranker = await loadCrossEncoder(modelDirectory('small'));
 * const compressor = new RerankCompressor({ reranker, topN: 1 });
 * const documents = ['Salt slows yeast down.', 'Yeast makes dough rise.'].map((pageContent) => new Document({ pageContent }));
 * const [best] = await compressor.compressDocuments(documents, 'why does bread get bigger in the oven');
 * best?.pageContent; // → 'Yeast makes dough rise.'
 */
export class RerankCompressor extends BaseDocumentCompressor {
  readonly #options: RerankCompressorOptions;

  constructor(options: RerankCompressorOptions) {
    super();
    checkOptions(optionsSchema, options, { origin: 'rerank-compressor' });
    this.#options = options;
  }

  /** @throws RetrievalError `invalid-query`, `invalid-options`, or of the reranker; rejects with the signal's reason */
  override async compressDocuments(
    documents: DocumentInterface[],
    query: string,
  ): Promise<DocumentInterface[]> {
    const { reranker, topN = documents.length, signal, ...rankOptions } = this.#options;
    const passages = documents.map(({ pageContent }) => pageContent);
    const scores = await scoreReadable(reranker, { query, passages, signal });
    const candidates = passages.map((text, index) => ({ id: `${index}`, text, score: 0, rank: index + 1 }));
    return rank(candidates, scores, topN, rankOptions).map(({ candidate, score, rawScore }) => {
      const { pageContent, metadata, id } = documents[candidate.rank - 1]!;
      return new Document({
        pageContent,
        metadata: { ...metadata, ...(rawScore !== undefined && { relevanceScore: score }) },
        ...(id !== undefined && { id }),
      });
    });
  }
}
