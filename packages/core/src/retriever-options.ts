import type { CandidateSource } from './candidate-source.ts';
import type { Embedder } from './embedder.ts';
import { type Filter, parseFilter } from './filter.ts';
import { checkRankOptions, type RankOptions } from './rank-options.ts';
import type { Reranker } from './reranker.ts';
import { RetrievalError } from './retrieval-error.ts';

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

/** What one query may ask for instead of what its retriever does. */
export interface RetrieveOptions extends RankOptions {
  readonly depth?: number;
  readonly topK?: number;
  readonly filter?: Filter;
  readonly tenant?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

interface Limits {
  readonly depth: number;
  readonly topK: number;
  readonly timeoutMs: number;
}

export type CheckedRetrieverConfig = TwoStageRetrieverConfig &
  Limits &
  Required<Pick<TwoStageRetrieverConfig, 'onRerankFailure'>>;

export interface CheckedRetrieveOptions extends Limits {
  readonly filter: Filter | undefined;
  readonly rankOptions: RankOptions;
}

/** @throws RetrievalError `invalid-options` when a setting is out of range or an embedder is missing */
export function checkRetrieverConfig(given: TwoStageRetrieverConfig): CheckedRetrieverConfig {
  const config = { depth: 100, topK: 10, timeoutMs: 30_000, onRerankFailure: 'throw' as const, ...given };
  checkLimits(config);
  checkRankOptions(config, origin);
  if (config.source.input !== 'text' && !config.embedder) {
    refuse(`The source ${config.source.name} reads vectors and no embedder is given.`, 'Pass an embedder.');
  }
  return config;
}

/**
 * What holds for one query: its own options, else the retriever's.
 *
 * @throws RetrievalError `invalid-options` or `invalid-filter`
 */
export function checkRetrieveOptions(
  config: CheckedRetrieverConfig,
  options: RetrieveOptions,
): CheckedRetrieveOptions {
  const limits = {
    depth: options.depth ?? config.depth,
    topK: options.topK ?? config.topK,
    timeoutMs: options.timeoutMs ?? config.timeoutMs,
  };
  checkLimits(limits);
  checkRankOptions(options, origin);
  const minScore = options.minScore ?? config.minScore;
  const normalise = options.normalise ?? config.normalise;
  return {
    ...limits,
    filter: options.filter === undefined ? undefined : parseFilter(options.filter, origin),
    rankOptions: { ...(minScore !== undefined && { minScore }), ...(normalise && { normalise }) },
  };
}

function checkLimits({ depth, topK, timeoutMs }: Limits): void {
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
}

function refuse(problem: string, nextStep: string): never {
  throw new RetrievalError({ code: 'invalid-options', origin, problem, nextStep });
}
