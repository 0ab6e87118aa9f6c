import type { Candidate } from './candidate.ts';
import type { CandidateSource } from './candidate-source.ts';
import { checkScores } from './check-scores.ts';
import { checkQuery } from './check-text.ts';
import type { Embedder } from './embedder.ts';
import type { Query } from './query.ts';
import type { RankOptions } from './rank-options.ts';
import { countBelow, keepStage1Order, type Ranking, rank } from './ranking.ts';
import { RetrievalError } from './retrieval-error.ts';
import {
  type CheckedRetrieverConfig,
  checkRetrieveOptions,
  checkRetrieverConfig,
  type RetrieveOptions,
  type TwoStageRetrieverConfig,
} from './retriever-options.ts';
import { StageClock } from './stage-clock.ts';

const origin = 'two-stage-retriever';

/** Stage 1, then stage 2: query → vector → candidates → scores → ranking. */
export class TwoStageRetriever {
  readonly #config: CheckedRetrieverConfig;

  /** @throws RetrievalError `invalid-options` when a setting is out of range or an embedder is missing */
  constructor(config: TwoStageRetrieverConfig) {
    this.#config = checkRetrieverConfig(config);
  }

  /**
   * Answers one query.
   *
   * @throws RetrievalError of the stage that failed, or `deadline-exceeded` after `timeoutMs`
   */
  async retrieve(text: string, options: RetrieveOptions = {}): Promise<Ranking> {
    checkQuery(text, origin);
    const { depth, topK, timeoutMs, filter, rankOptions } = checkRetrieveOptions(this.#config, options);
    const { source, embedder } = this.#config;
    const deadline = AbortSignal.timeout(timeoutMs);
    const signal = options.signal ? AbortSignal.any([options.signal, deadline]) : deadline;
    const clock = new StageClock();
    try {
      const query = await clock.time('embedMs', () => embedQuery(text, source, embedder, signal));
      const candidates = await clock.time('searchMs', () =>
        source.search({
          query,
          depth,
          ...(filter && { filter }),
          ...(options.tenant !== undefined && { tenant: options.tenant }),
          signal,
        }),
      );
      const outcome = await clock.time('rerankMs', () =>
        this.#rerank(text, candidates, topK, rankOptions, signal),
      );
      return {
        query: text,
        ...outcome,
        candidateCount: candidates.length,
        retrievedBy: source.name,
        timings: clock.timings(),
      };
    } catch (error) {
      if (!deadline.aborted || options.signal?.aborted) throw error;
      throw new RetrievalError({
        code: 'deadline-exceeded',
        origin,
        problem: `No answer within ${timeoutMs} ms; ${clock.running ?? 'the last stage'} was running.`,
        nextStep: 'Raise timeoutMs, lower depth, or use a faster model.',
        cause: error,
      });
    }
  }

  async #rerank(
    query: string,
    candidates: readonly Candidate[],
    topK: number,
    rankOptions: RankOptions,
    signal: AbortSignal,
  ): Promise<Pick<Ranking, 'hits' | 'rerankedBy' | 'degraded' | 'belowMinScore'>> {
    const { reranker, onRerankFailure } = this.#config;
    try {
      const passages = candidates.map(({ text }) => text);
      const ids = candidates.map(({ id }) => id);
      const scores = candidates.length === 0 ? [] : await reranker.score({ query, passages, ids, signal });
      checkScores(scores, candidates.length, reranker.name);
      return {
        hits: rank(candidates, scores, topK, rankOptions),
        rerankedBy: reranker.name,
        ...(rankOptions.minScore !== undefined && { belowMinScore: countBelow(scores, rankOptions) }),
      };
    } catch (error) {
      if (signal.aborted) throw error;
      if (onRerankFailure === 'throw') throw asRerankFailure(error, reranker.name);
      const reason = error instanceof Error ? error.message : String(error);
      return {
        hits: keepStage1Order(candidates, topK),
        rerankedBy: null,
        degraded: { stage: 'rerank', reason },
      };
    }
  }

  /** Closes the source, the embedder and the reranker. Safe to call twice. */
  async close(): Promise<void> {
    const { source, reranker, embedder } = this.#config;
    await Promise.all([source.close?.(), reranker.close?.(), embedder?.close?.()]);
  }
}

async function embedQuery(
  text: string,
  source: CandidateSource,
  embedder: Embedder | undefined,
  signal: AbortSignal,
): Promise<Query> {
  if (source.input === 'text' || !embedder) return { text };
  const [vector] = await embedder.embed({ texts: [text], kind: 'query', signal });
  return { text, vector: vector! };
}

function asRerankFailure(error: unknown, name: string): unknown {
  if (RetrievalError.is(error)) return error;
  return new RetrievalError({
    code: 'rerank-failed',
    origin: name,
    problem: error instanceof Error ? error.message : String(error),
    nextStep: "See the cause; onRerankFailure: 'keep-stage-1' answers in stage-1 order instead.",
    cause: error,
  });
}
