import { RetrievalError, type Stage1Scores } from '@secondpass/core';
import {
  abortSignal,
  callback,
  checkOptions,
  describeAsJson,
  describeValue,
  having,
  integer,
  isCascade,
  kind,
  listOf,
  optionsOf,
} from '@secondpass/core/extend';
import type { Measure } from '@secondpass/evaluation';
import type { TuningGoal } from './choose-setting.ts';
import type { JudgedQuery, SearchCandidates } from './judged-query.ts';
import type { Scorer } from './scorer.ts';
import { isSameSetting, type Setting, settingsGrid } from './setting.ts';

/** What {@link tune} measures. Times are in milliseconds. */
export interface TuneRequest {
  /** At least ten need a relevant passage; queries without one are left out. */
  readonly queries: readonly JudgedQuery[];
  readonly search: SearchCandidates;
  readonly scorers: readonly Scorer[];
  /** Candidates that stage 2 may read. */
  readonly depths: readonly number[];
  /** Weights of stage 1 that are tried, from 0 to 1; of a cascade, which blends by itself, only that of `current`. */
  readonly blends: readonly number[];
  /**
   * Tells a cascade what the candidates' scores are; called after each search. If it gives a `cosineOf` and no `blend`, each
   * model of the cascade blends by the weight that it states. The weight of `current` is 0 then.
   *
   * @default the weight of `current`
   */
  readonly stage1?: () => Omit<Stage1Scores, 'scores'>;
  /** The setting in use; its parts have to be among `scorers`, `depths` and `blends`. */
  readonly current: Setting;
  readonly goal: TuningGoal;
  readonly measure: Measure;
  /** How often each depth of each scorer is timed, from 5; each round takes another query. @default 30 */
  readonly rounds?: number;
  /** Seed for folds, resamples and the choice of timed queries, from 0 to 2^31 − 1. @default 0 */
  readonly seed?: number;
  /** How many of the worst losses are shown with their texts. @default 8 */
  readonly examples?: number;
  /** Finds the texts of judged passages that stage 1 did not return, by their ids. */
  readonly findTexts?: (
    ids: ReadonlySet<string>,
    signal?: AbortSignal,
  ) => Promise<ReadonlyMap<string, string>>;
  readonly signal?: AbortSignal;
  /** Called after each query and each round. @default nothing is told */
  readonly onProgress?: (progress: TuningProgress) => void;
}

/** How far {@link tune} has come: queries scored, then rounds timed. */
export interface TuningProgress {
  readonly phase: 'scoring' | 'timing';
  /** Queries or rounds that are done. */
  readonly done: number;
  /** Queries or rounds in all. */
  readonly total: number;
}

/** With fewer queries, no difference can be shown. */
export const fewestQueries = 10;
/** With fewer queries, the figures are rough. */
export const fewQueries = 20;

export type CheckedTuneRequest = TuneRequest &
  Required<Pick<TuneRequest, 'rounds' | 'seed' | 'examples' | 'stage1'>> & {
    readonly settings: readonly Setting[];
  };

const origin = 'tuning';

const query = kind<JudgedQuery>('{ id, text, judgments }, judgments as a Map', (value) => {
  const { id, text, judgments } = (value ?? {}) as Partial<JudgedQuery>;
  return typeof id === 'string' && typeof text === 'string' && judgments instanceof Map;
});

const scorer = kind<Scorer>('{ key, model, precision, batchInvariant, reranker }', (value) => {
  const { key, reranker } = (value ?? {}) as Partial<Scorer>;
  return typeof key === 'string' && typeof reranker?.score === 'function';
});

const requestSchema = optionsOf({
  queries: listOf(query),
  search: callback('a query and searches'),
  scorers: listOf(scorer),
  depths: kind('a list of integers from 1', Array.isArray),
  blends: kind('a list of numbers from 0 to 1', Array.isArray),
  current: having<Setting>('the setting in use, { scorer, depth, blend }'),
  goal: having<TuningGoal>('an object such as { maxLoss: 0.01 }'),
  measure: having<Measure>('what parseMeasure gives', 'formula'),
  stage1: callback('nothing and gives { cosineOf, blend }').optional(),
  rounds: integer(5, 10_000).optional(),
  seed: integer(0, 2 ** 31 - 1).optional(),
  examples: integer(0, 100).optional(),
  findTexts: callback('ids and gives their texts').optional(),
  signal: abortSignal.optional(),
  onProgress: callback('the progress').optional(),
});

/** @throws RetrievalError `invalid-options`, which names the wrong option */
export function checkTuneRequest(request: TuneRequest): CheckedTuneRequest {
  checkOptions(requestSchema, request, { origin });
  const given = request;
  const queries = given.queries.filter(({ judgments }) => [...judgments.values()].some((grade) => grade > 0));
  const depths = ascending(given.depths, 'depths', (depth) => Number.isInteger(depth) && depth >= 1);
  const blends = ascending(
    given.blends,
    'blends',
    (weight) => typeof weight === 'number' && weight >= 0 && weight <= 1,
  );
  const keys = given.scorers.map(({ key }) => key);
  const { rounds = 30, seed = 0, examples = 8, current, goal } = given;
  const { stage1 = () => ({ blend: current.blend }) } = given;
  if (queries.length < fewestQueries) {
    refuse(
      `${queries.length} of ${given.queries.length} queries have a relevant passage; tuning needs at least ${fewestQueries}.`,
      `Judge more queries: ${fewQueries} give a rough answer, 50 to 100 a good one.`,
    );
  }
  if (new Set(keys).size < Math.max(1, keys.length)) {
    refuse(`The scorers are ${describeAsJson(keys)}.`, 'Give at least one, and each a different key.');
  }
  const [name = 'goal', limit] = Object.entries(goal)[0] ?? [];
  if (
    !(
      typeof limit === 'number' &&
      Number.isFinite(limit) &&
      (limit > 0 || (name === 'maxLoss' && limit === 0))
    )
  ) {
    refuse(
      `${name} is ${describeValue(limit)}.`,
      name === 'maxLoss' ? 'Use a number from 0.' : 'Use milliseconds above 0.',
    );
  }
  const cascades = new Set(given.scorers.flatMap(({ key, reranker }) => (isCascade(reranker) ? [key] : [])));
  const settings = settingsGrid(keys, depths, blends).filter(
    ({ scorer, blend }) => !cascades.has(scorer) || blend === current.blend,
  );
  if (!settings.some((setting) => isSameSetting(setting, current))) {
    refuse(
      `The setting in use is ${describeAsJson(current)}, which is not among the settings to try.`,
      'Add its scorer, depth and weight to them.',
    );
  }
  return { ...given, queries, depths, blends, stage1, rounds, seed, examples, settings };
}

function ascending(
  values: readonly number[],
  name: string,
  isGood: (value: number) => boolean,
): readonly number[] {
  const bad = values.find((value) => !isGood(value));
  if (bad !== undefined || values.length === 0) {
    refuse(
      `${name} is ${describeAsJson(values)}.`,
      name === 'depths' ? 'Use integers from 1.' : 'Use numbers from 0 to 1.',
    );
  }
  return [...new Set(values)].sort((a, b) => a - b);
}

function refuse(problem: string, nextStep: string): never {
  throw new RetrievalError({ code: 'invalid-options', origin, problem, nextStep });
}
