import { RetrievalError } from '../../foundation/retrieval-error.ts';
import { checkRankOptions, type RankOptions } from '../ranking/rank-options.ts';
import type { CandidateSource } from '../seams/candidate-source.ts';
import type { Embedder } from '../seams/embedder.ts';
import { type Filter, parseFilter } from '../seams/filter.ts';
import type { Reranker } from '../seams/reranker.ts';
import { checkShadowOptions, type ShadowOptions } from '../shadow/shadow-mode.ts';
import { checkTelemetryOptions, type TelemetryOptions } from '../telemetry/telemetry-options.ts';

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
  /** Time after which `retrieve` fails, in milliseconds. @default 30_000 */
  readonly timeoutMs?: number;
  /**
   * Time after which `retrieve` answers with what it has, in milliseconds: stage 2 scores the best candidates first and
   * leaves the rest below them in stage-1 order; `degraded` says so. Before stage 1 has answered there is nothing to
   * answer with, and the call fails. @default none
   */
  readonly latencyBudgetMs?: number;
  /** Whether a failing stage 2 fails the answer, or leaves the stage-1 order and says so in `degraded`. @default 'throw' */
  readonly onRerankFailure?: RerankFailurePolicy;
  /** Serves stage 1's order, and reranks behind the answer to record what that would have changed. @default off */
  readonly shadow?: ShadowOptions;
  /** What OpenTelemetry spans may hold. @default ids and scores of the first 10, no texts */
  readonly telemetry?: TelemetryOptions;
}

export type RerankFailurePolicy = 'throw' | 'keep-stage-1';

/** What one query may ask for instead of what its retriever does. */
export interface RetrieveOptions extends RankOptions {
  readonly depth?: number;
  readonly topK?: number;
  readonly filter?: Filter;
  readonly tenant?: string;
  readonly timeoutMs?: number;
  readonly latencyBudgetMs?: number;
  readonly onRerankFailure?: RerankFailurePolicy;
  readonly signal?: AbortSignal;
}

interface Limits {
  readonly depth: number;
  readonly topK: number;
  readonly timeoutMs: number;
  readonly latencyBudgetMs: number | undefined;
  readonly onRerankFailure: RerankFailurePolicy;
}

export type CheckedRetrieverConfig = Omit<TwoStageRetrieverConfig, keyof Limits> & Limits;

export interface CheckedRetrieveOptions extends Limits {
  readonly filter: Filter | undefined;
  readonly rankOptions: RankOptions;
}

/** @throws RetrievalError `invalid-options` when a setting is out of range or an embedder is missing */
export function checkRetrieverConfig(given: TwoStageRetrieverConfig): CheckedRetrieverConfig {
  if (typeof given?.source?.search !== 'function') {
    refuse('source is not a source.', 'Pass an object with name and search(), such as pgvectorSource gives.');
  }
  if (typeof given.reranker?.score !== 'function') {
    refuse(
      'reranker is not a reranker.',
      'Pass an object with name and score(), such as loadCrossEncoder gives.',
    );
  }
  const config = { ...given, ...limitsOf(given, defaults) };
  checkLimits(config);
  if (config.telemetry !== undefined) checkTelemetryOptions(config.telemetry, origin);
  if (config.shadow) checkShadowOptions(config.shadow, origin);
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
  const limits = limitsOf(options, config);
  checkLimits(limits);
  checkRankOptions(options, origin);
  const minScore = options.minScore ?? config.minScore;
  const scoreScaling = options.scoreScaling ?? config.scoreScaling;
  const blend = options.blend ?? config.blend;
  return {
    ...limits,
    filter: options.filter === undefined ? undefined : parseFilter(options.filter, origin),
    rankOptions: {
      ...(minScore !== undefined && { minScore }),
      ...(scoreScaling && { scoreScaling }),
      ...(blend !== undefined && { blend }),
    },
  };
}

const defaults: Limits = {
  depth: 100,
  topK: 10,
  timeoutMs: 30_000,
  latencyBudgetMs: undefined,
  onRerankFailure: 'throw',
};

function limitsOf(given: Partial<Limits>, otherwise: Limits): Limits {
  return {
    depth: given.depth ?? otherwise.depth,
    topK: given.topK ?? otherwise.topK,
    timeoutMs: given.timeoutMs ?? otherwise.timeoutMs,
    latencyBudgetMs: given.latencyBudgetMs ?? otherwise.latencyBudgetMs,
    onRerankFailure: given.onRerankFailure ?? otherwise.onRerankFailure,
  };
}

function checkLimits({ depth, topK, timeoutMs, latencyBudgetMs, onRerankFailure }: Limits): void {
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
  checkMilliseconds('timeoutMs', timeoutMs);
  if (latencyBudgetMs !== undefined) checkMilliseconds('latencyBudgetMs', latencyBudgetMs);
  if (onRerankFailure !== 'throw' && onRerankFailure !== 'keep-stage-1') {
    refuse(`onRerankFailure is ${JSON.stringify(onRerankFailure)}.`, 'Use "throw" or "keep-stage-1".');
  }
}

function checkMilliseconds(name: string, value: number): void {
  if (Number.isFinite(value) && value > 0 && value <= 2 ** 31 - 1) return;
  refuse(
    `${name} is ${typeof value === 'string' ? JSON.stringify(value) : value}.`,
    'Use a number of milliseconds above 0, at most 2,147,483,647.',
  );
}

function refuse(problem: string, nextStep: string): never {
  throw new RetrievalError({ code: 'invalid-options', origin, problem, nextStep });
}
