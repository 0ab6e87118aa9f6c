import { z } from 'zod';
import { type AskedBy, askedBy } from '../../foundation/asked-by.ts';
import {
  abortSignal,
  checkOptions,
  having,
  integer,
  milliseconds,
  oneOf,
  text,
} from '../../foundation/check-options.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import { type RankOptions, rankOptionShape } from '../ranking/rank-options.ts';
import type { Payload } from '../seams/candidate.ts';
import type { CandidateSource } from '../seams/candidate-source.ts';
import type { Embedder } from '../seams/embedder.ts';
import { type Filter, parseFilter } from '../seams/filter.ts';
import type { Reranker } from '../seams/reranker.ts';
import { type ShadowOptions, shadowSchema } from '../shadow/shadow-mode.ts';
import { type TelemetryOptions, telemetrySchema } from '../telemetry/telemetry-options.ts';

const origin = 'two-stage-retriever';

/** The parts of a {@link TwoStageRetriever}, and what it does for a query that asks for nothing else. */
export interface TwoStageRetrieverConfig<P extends object = Payload> extends RankOptions {
  readonly source: CandidateSource<P>;
  readonly reranker: Reranker;
  /** Needed where the source reads vectors. @default none */
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
  /** Serves stage 1's order, and reranks after the answer to record what that would have changed. @default off */
  readonly shadow?: ShadowOptions;
  /** What OpenTelemetry spans may hold. @default ids and scores of the first 10, no texts */
  readonly telemetry?: TelemetryOptions;
}

/** What a failing stage 2 does: `throw` fails the call; `keep-stage-1` answers in stage-1 order, and `degraded` says so. */
export type RerankFailurePolicy = 'throw' | 'keep-stage-1';

/** Options of one query; they override the retriever's. */
export interface RetrieveOptions extends RankOptions {
  /** Candidates fetched by stage 1, from 1 to 10,000. @default the retriever's */
  readonly depth?: number;
  /** Hits returned, from 1 to `depth`. @default the retriever's */
  readonly topK?: number;
  /** Which passages stage 1 may find. @default all */
  readonly filter?: Filter;
  /** Whose passages stage 1 may find; needed by a multi-tenant source, and refused by any other. @default none */
  readonly tenant?: string;
  /** Whose query it is. Callers get equal shares of the reranker, and the tenants of a caller share what it gets. */
  readonly caller?: string;
  /** Time after which the call fails, in milliseconds. @default the retriever's */
  readonly timeoutMs?: number;
  /** Time after which the call answers with what it has, in milliseconds. @default the retriever's */
  readonly latencyBudgetMs?: number;
  /** What a failing stage 2 does. @default the retriever's */
  readonly onRerankFailure?: RerankFailurePolicy;
  /** Ends the call: it rejects with the signal's reason, and the search and the scoring stop. @default none */
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

export interface CheckedRetrieveOptions extends Limits, AskedBy {
  readonly filter: Filter | undefined;
  readonly rankOptions: RankOptions;
}

const limitShape = {
  depth: integer(1, 10_000).optional(),
  topK: integer(1, 10_000).optional(),
  timeoutMs: milliseconds.optional(),
  latencyBudgetMs: milliseconds.optional(),
  onRerankFailure: oneOf(['throw', 'keep-stage-1']).optional(),
  ...rankOptionShape,
};

const configSchema = z.strictObject({
  source: having<CandidateSource>('a source with name and search(), such as pgvectorSource gives', 'search'),
  reranker: having<Reranker>('a reranker with name and score(), such as loadCrossEncoder gives', 'score'),
  embedder: having<Embedder>(
    'an embedder with name and embed(), such as loadBiEncoder gives',
    'embed',
  ).optional(),
  ...limitShape,
  shadow: shadowSchema.optional(),
  telemetry: telemetrySchema.optional(),
});

const retrieveSchema = z.strictObject({
  ...limitShape,
  filter: z.unknown().optional(),
  tenant: text.optional(),
  caller: text.optional(),
  signal: abortSignal.optional(),
});

/** @throws RetrievalError `invalid-options` when a setting is out of range or unknown, or an embedder is missing */
export function checkRetrieverConfig(given: TwoStageRetrieverConfig): CheckedRetrieverConfig {
  checkOptions(configSchema, given, { origin });
  const config = { ...given, ...limitsOf(given, defaults) };
  checkTopK(config);
  checkTimes(config);
  if (config.source.input !== 'text' && !config.embedder) {
    refuse(
      'embedder',
      `The source ${config.source.name} reads vectors and no embedder is given.`,
      'Pass an embedder.',
    );
  }
  return config;
}

/**
 * The effective options of one query: its own, otherwise the retriever's.
 *
 * @throws RetrievalError `invalid-options` or `invalid-filter`
 */
export function checkRetrieveOptions(
  config: CheckedRetrieverConfig,
  options: RetrieveOptions,
): CheckedRetrieveOptions {
  checkOptions(retrieveSchema, options, { origin });
  const limits = limitsOf(options, config);
  checkTopK(limits);
  checkTimes(options);
  const minScore = options.minScore ?? config.minScore;
  const scoreScaling = options.scoreScaling ?? config.scoreScaling;
  const blend = options.blend ?? config.blend;
  return {
    ...limits,
    filter: options.filter === undefined ? undefined : parseFilter(options.filter, origin),
    ...askedBy(options),
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

function checkTopK({ depth, topK }: Limits): void {
  if (topK <= depth) return;
  refuse(
    'topK',
    `topK is ${topK} and depth is ${depth}.`,
    'Stage 2 cannot return more hits than stage 1 found: raise depth.',
  );
}

/** Both as given together: where one call shortens the time of its retriever, the shorter time holds. */
function checkTimes({ timeoutMs, latencyBudgetMs }: Partial<Limits>): void {
  if (timeoutMs === undefined || latencyBudgetMs === undefined || latencyBudgetMs <= timeoutMs) return;
  refuse(
    'latencyBudgetMs',
    `latencyBudgetMs is ${latencyBudgetMs} and timeoutMs is ${timeoutMs}.`,
    'The call would fail before it may answer with what it has: lower latencyBudgetMs, or raise timeoutMs.',
  );
}

function refuse(option: string, problem: string, nextStep: string): never {
  throw new RetrievalError({ code: 'invalid-options', origin, problem, nextStep, path: [option] });
}
