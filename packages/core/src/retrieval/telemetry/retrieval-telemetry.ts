import type { Attributes, Span } from '@opentelemetry/api';
import type { RerankOutcome } from '../pipeline/rerank-stage.ts';
import type { Hit, Ranking } from '../ranking/ranking.ts';
import type { Candidate } from '../seams/candidate.ts';
import type { CandidateSource } from '../seams/candidate-source.ts';
import type { Embedder } from '../seams/embedder.ts';
import type { Query } from '../seams/query.ts';
import type { Reranker } from '../seams/reranker.ts';
import { errorTypeOf, inSpan } from './in-span.ts';
import { instruments } from './instruments.ts';
import type { TelemetryOptions } from './telemetry-options.ts';

/**
 * Spans and measurements of one answer, named as OpenInference's and OpenTelemetry's GenAI conventions have them. Without
 * an SDK that listens it costs next to nothing.
 */
export class RetrievalTelemetry {
  readonly #texts: boolean;
  readonly #documents: number;

  constructor({ texts = false, documents = 10 }: TelemetryOptions = {}) {
    this.#texts = texts;
    this.#documents = documents;
  }

  /** The whole answer: a span around its stages, its duration, and whether it was a full one. */
  async retrieve(
    query: string,
    source: string,
    topK: number,
    work: () => Promise<Ranking>,
  ): Promise<Ranking> {
    const started = performance.now();
    let outcome = 'full';
    try {
      return await inSpan(
        `retrieval ${source}`,
        {
          'openinference.span.kind': 'CHAIN',
          'gen_ai.operation.name': 'retrieval',
          'gen_ai.data_source.id': source,
          'gen_ai.retrieval.top_k': topK,
          ...(this.#texts && { 'input.value': query, 'gen_ai.retrieval.query.text': query }),
        },
        async (span) => {
          const ranking = await work();
          span.setAttribute('secondpass.candidates', ranking.candidateCount);
          if (ranking.degraded) {
            outcome = 'degraded';
            // A reason may come from a remote service, which may have put texts into it.
            span.setAttribute('secondpass.degraded.stage', ranking.degraded.stage);
            if (this.#texts) span.setAttribute('secondpass.degraded.reason', ranking.degraded.reason);
            instruments().degradedAnswers.add(1, { stage: ranking.degraded.stage, source });
          }
          return ranking;
        },
      );
    } catch (error) {
      outcome = errorTypeOf(error);
      throw error;
    } finally {
      instruments().retrieveDuration.record((performance.now() - started) / 1000, { source, outcome });
    }
  }

  embed(embedder: Embedder, query: string, work: () => Promise<Query>): Promise<Query> {
    const attributes = {
      'openinference.span.kind': 'EMBEDDING',
      'gen_ai.operation.name': 'embeddings',
      'gen_ai.request.model': embedder.name,
      'gen_ai.embeddings.dimension.count': embedder.dimensions,
      'embedding.model_name': embedder.name,
      ...(this.#texts && { 'embedding.embeddings.0.embedding.text': query }),
    };
    return stage('embed', embedder.name, `embeddings ${embedder.name}`, attributes, work);
  }

  search(
    source: CandidateSource,
    query: string,
    depth: number,
    work: () => Promise<readonly Candidate[]>,
  ): Promise<readonly Candidate[]> {
    const attributes = {
      'openinference.span.kind': 'RETRIEVER',
      'gen_ai.operation.name': 'retrieval',
      'gen_ai.data_source.id': source.name,
      'gen_ai.retrieval.top_k': depth,
      ...(this.#texts && { 'input.value': query }),
    };
    return stage('search', source.name, `search ${source.name}`, attributes, async (span) => {
      const candidates = await work();
      span.setAttribute('secondpass.candidates', candidates.length);
      this.#list(span, 'retrieval.documents', candidates);
      return candidates;
    });
  }

  rerank(
    reranker: Reranker,
    query: string,
    candidates: readonly Candidate[],
    topK: number,
    work: () => Promise<RerankOutcome>,
  ): Promise<RerankOutcome> {
    const attributes = {
      'openinference.span.kind': 'RERANKER',
      'gen_ai.request.model': reranker.name,
      'reranker.model_name': reranker.name,
      'reranker.top_k': topK,
      'secondpass.candidates': candidates.length,
      ...(this.#texts && { 'reranker.query': query }),
    };
    return stage('rerank', reranker.name, `rerank ${reranker.name}`, attributes, async (span) => {
      this.#list(span, 'reranker.input_documents', candidates);
      const outcome = await work();
      this.#list(span, 'reranker.output_documents', outcome.hits.map(asDocument));
      return outcome;
    });
  }

  /** Only the first of them: an SDK keeps 128 attributes of a span by default. */
  #list(span: Span, prefix: string, documents: readonly Pick<Candidate, 'id' | 'score' | 'text'>[]): void {
    if (!span.isRecording()) return;
    for (const [index, { id, score, text }] of documents.slice(0, this.#documents).entries()) {
      span.setAttributes({
        [`${prefix}.${index}.document.id`]: id,
        [`${prefix}.${index}.document.score`]: score,
        ...(this.#texts && { [`${prefix}.${index}.document.content`]: text }),
      });
    }
  }
}

const asDocument = ({ score, candidate }: Hit) => ({ id: candidate.id, score, text: candidate.text });

async function stage<T>(
  name: 'embed' | 'search' | 'rerank',
  by: string,
  spanName: string,
  attributes: Attributes,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const started = performance.now();
  let outcome = 'ok';
  try {
    return await inSpan(spanName, attributes, work);
  } catch (error) {
    outcome = errorTypeOf(error);
    throw error;
  } finally {
    const labels = { stage: name, by, outcome };
    instruments().stageDuration.record((performance.now() - started) / 1000, labels);
  }
}
