import type { Candidate } from './candidate.ts';
import type { CandidateSource } from './candidate-source.ts';
import { checkQuery } from './check-text.ts';
import type { Embedder } from './embedder.ts';
import { type Filter, parseFilter } from './filter.ts';
import type { Query } from './query.ts';
import { checkRankOptions, type RankOptions } from './rank-options.ts';
import { countBelow, keepStage1Order, type Ranking, rank } from './ranking.ts';
import type { PassageScore, Reranker } from './reranker.ts';
import { RetrievalError } from './retrieval-error.ts';
import { StageClock } from './stage-clock.ts';

const origin = 'two-stage-retriever';

export interface TwoStageRetrieverConfig extends RankOptions {
  readonly source: CandidateSource;
  readonly reranker: Reranker;
  /** Needed where the source reads vectors. */
  readonly embedder?: Embedder;
  /** Candidates fetched by stage 1, from 1 to 10,000. @default 100 */
  readonly depth?: number;
  /** Hits returned by stage 2, from 1 to `depth`. @default 10 */
  readonly topK?: number;
  /** Time that one `retrieve` may take, in milliseconds. @default 30_000 */
  readonly timeoutMs?: number;
  /** Whether a failing stage 2 fails the answer, or leaves the stage-1 order and says so in `degraded`. @default 'throw' */
  readonly onRerankFailure?: 'throw' | 'keep-stage-1';
}

export interface RetrieveOptions extends RankOptions {
  readonly depth?: number;
  readonly topK?: number;
  readonly filter?: Filter;
  readonly tenant?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Stage 1, then stage 2: query → vector → candidates → scores → ranking. */
export class TwoStageRetriever {
  readonly #config: TwoStageRetrieverConfig &
    Limits &
    Required<Pick<TwoStageRetrieverConfig, 'onRerankFailure'>>;

  /** @throws RetrievalError `invalid-options` when a setting is out of range or an embedder is missing */
  constructor(config: TwoStageRetrieverConfig) {
    this.#config = { depth: 100, topK: 10, timeoutMs: 30_000, onRerankFailure: 'throw', ...config };
    checkLimits(this.#config);
    checkRankOptions(config, origin);
    if (config.source.input !== 'text' && !config.embedder) {
      refuse(`The source ${config.source.name} reads vectors and no embedder is given.`, 'Pass an embedder.');
    }
  }

  /**
   * Answers one query.
   *
   * @throws RetrievalError of the stage that failed, or `deadline-exceeded` after `timeoutMs`
   */
  async retrieve(text: string, options: RetrieveOptions = {}): Promise<Ranking> {
    checkQuery(text, origin);
    const { depth, topK, timeoutMs } = checkLimits({ ...this.#config, ...withoutUndefined(options) });
    const { source, embedder } = this.#config;
    checkRankOptions(options, origin);
    const minScore = options.minScore ?? this.#config.minScore;
    const normalise = options.normalise ?? this.#config.normalise;
    const rankOptions = { ...(minScore !== undefined && { minScore }), ...(normalise && { normalise }) };
    const filter = options.filter === undefined ? undefined : parseFilter(options.filter, origin);
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

/** A reranker of somebody else's may answer anything; ranking by NaN or by too few scores would be a wrong order. */
function checkScores(scores: readonly PassageScore[], expected: number, name: string): void {
  const bad = scores.findIndex(
    ({ score, rawScore }) => !Number.isFinite(score) || !Number.isFinite(rawScore),
  );
  if (scores.length === expected && bad === -1) return;
  throw new RetrievalError({
    code: 'model-output-invalid',
    origin: name,
    problem:
      scores.length === expected
        ? `The score of candidate ${bad + 1} is not a finite number.`
        : `${expected} candidates were given and ${scores.length} scores came back.`,
    nextStep: 'Check the model; the stage-1 order was not changed.',
  });
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

interface Limits {
  readonly depth: number;
  readonly topK: number;
  readonly timeoutMs: number;
}

function checkLimits<T extends Limits>(limits: T): T {
  const { depth, topK, timeoutMs } = limits;
  if (!Number.isInteger(depth) || depth < 1 || depth > 10_000) {
    refuse(`depth is ${depth}.`, 'Use an integer from 1 to 10,000.');
  }
  if (!Number.isInteger(topK) || topK < 1) refuse(`topK is ${topK}.`, 'Use an integer from 1 to depth.');
  if (topK > depth) {
    refuse(
      `topK is ${topK} and depth is ${depth}.`,
      'Stage 2 cannot return more hits than stage 1 found: raise depth.',
    );
  }
  if (!Number.isFinite(timeoutMs) || timeoutMs <= 0 || timeoutMs > 2 ** 31 - 1) {
    refuse(`timeoutMs is ${timeoutMs}.`, 'Use a number of milliseconds above 0.');
  }
  return limits;
}

function refuse(problem: string, nextStep: string): never {
  throw new RetrievalError({ code: 'invalid-options', origin, problem, nextStep });
}

function withoutUndefined(options: RetrieveOptions): Partial<Limits> {
  const { depth, topK, timeoutMs } = options;
  return {
    ...(depth !== undefined && { depth }),
    ...(topK !== undefined && { topK }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  };
}
