import type { Advice } from './advise.ts';
import type { TuningGoal } from './choose-setting.ts';
import type { LossExample } from './loss-examples.ts';
import type { MeanInterval } from './mean-interval.ts';
import type { QueryOutcome } from './query-outcome.ts';
import type { Scorer } from './scorer.ts';
import type { Setting } from './setting.ts';
import type { SettingCost } from './setting-cost.ts';
import type { TimedDepth } from './time-settings.ts';

/** A setting with its measurements on all queries. */
export interface MeasuredSetting extends Setting, SettingCost {
  /** Mean of the measure over all queries, from 0 to 1. */
  readonly quality: number;
  /** Gain over stage 1's own order, paired by query. */
  readonly gain: MeanInterval;
}

/** All measurements, and the advice that follows from them; plain data. */
export interface TuningResult {
  readonly measure: { readonly name: string; readonly label: string };
  readonly goal: TuningGoal;
  /** Decided folds, resamples and the queries that were timed. */
  readonly seed: number;
  readonly queries: {
    readonly used: number;
    /** Queries that were left out because they have no relevant passage. */
    readonly withoutRelevant: number;
    /** Queries for which stage 1 found nothing; they count as 0. */
    readonly withoutCandidates: number;
  };
  readonly scorers: readonly Omit<Scorer, 'reranker'>[];
  readonly depths: readonly number[];
  readonly blends: readonly number[];
  /** By scorer, then depth, then weight. */
  readonly settings: readonly MeasuredSetting[];
  /** Indices of the settings that no other beats in both quality and time, cheapest first. */
  readonly front: readonly number[];
  /** Index of the setting in use. */
  readonly current: number;
  /** `null` if no setting is within the time limit. */
  readonly advice: Advice | null;
  readonly stage1: {
    readonly quality: MeanInterval;
    /** The quality of the best possible order of this many candidates. */
    readonly ceilings: readonly { readonly depth: number; readonly quality: number }[];
  };
  readonly timings: readonly TimedDepth[];
  /** Each query under stage 1, the setting in use, and the advised one. */
  readonly perQuery: readonly QueryOutcome[];
  /** The queries that lost most under the advised setting, compared with stage 1. */
  readonly losses: readonly LossExample[];
  /** What a reader should know before trusting the figures; a sentence each. */
  readonly warnings: readonly string[];
}
