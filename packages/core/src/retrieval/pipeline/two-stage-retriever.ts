import { askedBy } from '../../foundation/asked-by.ts';
import { checkQuery } from '../../foundation/check-text.ts';
import type { Closable } from '../../foundation/closable.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import { untilAborted } from '../../foundation/until-aborted.ts';
import { keepStage1Order, type Ranking } from '../ranking/ranking.ts';
import type { Candidate, Payload } from '../seams/candidate.ts';
import { checkVectors } from '../seams/check-vectors.ts';
import { type Degradation, joinDegradations, type OnDegraded } from '../seams/degradation.ts';
import type { Query } from '../seams/query.ts';
import { ShadowMode } from '../shadow/shadow-mode.ts';
import { shadowOrder } from '../shadow/shadow-order.ts';
import { RetrievalTelemetry } from '../telemetry/retrieval-telemetry.ts';
import { checkCandidates } from './check-candidates.ts';
import { cosineOf } from './default-blend.ts';
import { rerankStage } from './rerank-stage.ts';
import {
  type CheckedRetrieveOptions,
  type CheckedRetrieverConfig,
  checkRetrieveOptions,
  checkRetrieverConfig,
  type RetrieveOptions,
  type TwoStageRetrieverConfig,
} from './retriever-options.ts';
import { StageClock } from './stage-clock.ts';

const origin = 'two-stage-retriever';

/**
 * Stage 1, then stage 2: query → vector → candidates → scores → ranking.
 *
 * @typeParam P the payload's fields of the source's candidates
 *
 * @example
 * import { loadCrossEncoder, TwoStageRetriever } from '@secondpass/core';
 * import { modelDirectory } from '@secondpass/models';
 * await using reranker = await loadCrossEncoder(modelDirectory('small'));
 * const found = ['The harbor froze in 1929.', 'Yeast makes dough rise.'];
 * const candidates = found.map((text, index) => ({ id: `${index}`, text, score: 1 - index / 10, rank: index + 1 }));
 * const source = { name: 'two notes', input: 'text', search: async () => candidates } as const;
 * const retriever = new TwoStageRetriever({ source, reranker, depth: 100, topK: 1 });
 * const { hits } = await retriever.retrieve('why does bread rise', { timeoutMs: 60_000 });
 * hits[0]?.candidate.text; // → 'Yeast makes dough rise.'
 */
export class TwoStageRetriever<P extends object = Payload> implements Closable {
  readonly #config: CheckedRetrieverConfig;
  readonly #shadow: ShadowMode | undefined;
  readonly #telemetry: RetrievalTelemetry;

  /** @throws RetrievalError `invalid-options` when a setting is out of range or an embedder is missing */
  constructor(config: TwoStageRetrieverConfig<P>) {
    // Inside, payloads have the general type; the answer gets the caller's type back.
    this.#config = checkRetrieverConfig(config as TwoStageRetrieverConfig);
    this.#shadow = config.shadow && new ShadowMode(config.shadow);
    this.#telemetry = new RetrievalTelemetry(config.telemetry);
  }

  /**
   * Answers one query.
   *
   * @throws RetrievalError of the stage that failed, or `deadline-exceeded` after `timeoutMs`, or after `latencyBudgetMs`
   *   while stage 1 had not answered
   */
  async retrieve(text: string, options: RetrieveOptions = {}): Promise<Ranking<P>> {
    checkQuery(text, origin);
    const checked = checkRetrieveOptions(this.#config, options);
    options.signal?.throwIfAborted();
    const ranking = await this.#telemetry.retrieve(text, this.#config.source.name, checked.topK, () =>
      this.#answer(text, checked, options),
    );
    return ranking as Ranking<P>;
  }

  async #answer(text: string, checked: CheckedRetrieveOptions, options: RetrieveOptions): Promise<Ranking> {
    const started = performance.now();
    const { timeoutMs, latencyBudgetMs, topK } = checked;
    const timeout = AbortSignal.timeout(Math.ceil(timeoutMs));
    const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
    // Stage 2 stops at the deadline by itself; stage 1 has no partial answer.
    const due = latencyBudgetMs === undefined ? undefined : AbortSignal.timeout(Math.ceil(latencyBudgetMs));
    const stage1Signal = due ? AbortSignal.any([signal, due]) : signal;
    const clock = new StageClock();
    const degradations: Degradation[] = [];
    const onDegraded: OnDegraded = (degradation) => degradations.push(degradation);
    try {
      const query = await clock.time('embedMs', () => this.#embed(text, stage1Signal));
      const candidates = await clock.time('searchMs', () =>
        this.#search(query, checked, options, stage1Signal, onDegraded),
      );
      const outcome = this.#shadow
        ? this.#serveStage1(text, candidates, checked, this.#shadow)
        : await clock.time('rerankMs', () =>
            this.#telemetry.rerank(this.#config.reranker, text, candidates, topK, () =>
              rerankStage({
                ...this.#stage2(text, candidates, checked),
                signal,
                onDegraded,
                ...(latencyBudgetMs !== undefined && { deadlineAt: started + latencyBudgetMs }),
              }),
            ),
          );
      const degraded = joinDegradations(degradations);
      return {
        query: text,
        ...outcome,
        ...(degraded && { degraded }),
        candidateCount: candidates.length,
        retrievedBy: this.#config.source.name,
        timings: clock.timings(),
      };
    } catch (error) {
      const late = timeout.aborted || (due?.aborted && clock.running !== 'rerankMs');
      if (!late || options.signal?.aborted) throw error;
      throw new RetrievalError({
        code: 'deadline-exceeded',
        origin,
        problem: `No answer within ${timeout.aborted ? timeoutMs : latencyBudgetMs} ms; ${clock.doing} was running.`,
        nextStep: `Raise ${timeout.aborted ? 'timeoutMs' : 'latencyBudgetMs'}, lower depth, or use a faster model.`,
        cause: error,
      });
    }
  }

  async #embed(text: string, signal: AbortSignal): Promise<Query> {
    const { source, embedder } = this.#config;
    if (source.input === 'text' || !embedder) return { text };
    return this.#telemetry.embed(embedder, text, async () => {
      const vectors = await untilAborted(embedder.embed({ texts: [text], kind: 'query', signal }), signal);
      return { text, vector: checkVectors(vectors, 1, embedder.name)[0]! };
    });
  }

  #search(
    query: Query,
    { depth, filter }: CheckedRetrieveOptions,
    { tenant }: RetrieveOptions,
    signal: AbortSignal,
    onDegraded: OnDegraded,
  ): Promise<readonly Candidate[]> {
    const request = {
      query,
      depth,
      ...(filter && { filter }),
      ...(tenant !== undefined && { tenant }),
      signal,
      onDegraded,
    };
    const { source } = this.#config;
    return this.#telemetry.search(source, query.text, depth, async () => {
      const candidates = await untilAborted(source.search(request), signal);
      return checkCandidates(candidates, depth, source.name, onDegraded);
    });
  }

  #stage2(query: string, candidates: readonly Candidate[], checked: CheckedRetrieveOptions) {
    const { topK, onRerankFailure } = checked;
    const { source, embedder, reranker } = this.#config;
    const embedderOfCosine = cosineOf({ source, embedder });
    return {
      query,
      candidates,
      topK,
      rankOptions: checked.rankOptions,
      ...(embedderOfCosine !== undefined && { cosineOf: embedderOfCosine }),
      onRerankFailure,
      reranker,
      ...askedBy(checked),
    };
  }

  #serveStage1(
    query: string,
    candidates: readonly Candidate[],
    checked: CheckedRetrieveOptions,
    shadow: ShadowMode,
  ): Pick<Ranking, 'hits' | 'rerankedBy'> {
    const { topK, timeoutMs } = checked;
    shadow.start(query, topK, candidates.length, (closing) => {
      const signal = AbortSignal.any([closing, AbortSignal.timeout(Math.ceil(timeoutMs))]);
      return shadowOrder({ ...this.#stage2(query, candidates, checked), signal });
    });
    return { hits: keepStage1Order(candidates, topK), rerankedBy: null };
  }

  /** Resolves when all work of shadow mode is recorded; at once without shadow mode. */
  async settled(): Promise<void> {
    await this.#shadow?.settled();
  }

  /**
   * Stops the running work of shadow mode. The source, the embedder and the reranker stay open: they were passed in,
   * and other retrievers may use them. Safe to call twice.
   */
  async close(): Promise<void> {
    await this.#shadow?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
