import { type Candidate, type PassageScore, rank } from '@secondpass/core';
import { type Measure, measureOrder } from '@secondpass/evaluation';
import type { JudgedQuery } from './judged-query.ts';
import type { Setting } from './setting.ts';

/** By a scorer's key and a depth, one score for each of the first candidates. */
export type ScoresByScorer = (key: string, depth: number) => readonly PassageScore[];

export interface MeasureSettingsRequest {
  readonly query: JudgedQuery;
  /** The candidates at the greatest depth, best first. */
  readonly candidates: readonly Candidate[];
  readonly scores: ScoresByScorer;
  readonly settings: readonly Setting[];
  readonly measure: Measure;
}

/** The measure of one query under each setting, which sees the first `depth` candidates and their scores. */
export function measureSettings(request: MeasureSettingsRequest): readonly number[] {
  const { query, settings, measure } = request;
  return settings.map((setting) => measureOrder(orderOf(request, setting), query.judgments, [measure])[0]!);
}

/** The ids that a setting would return, best first. */
export function orderOf(
  { candidates, scores, measure }: Omit<MeasureSettingsRequest, 'settings' | 'query'>,
  { scorer, depth, blend }: Setting,
): readonly string[] {
  const read = candidates.slice(0, depth);
  // Without a weight, a cascade's scores bring their own.
  const options = blend === 0 ? {} : { blend };
  const hits = rank(read, scores(scorer, depth), Math.min(depth, measure.cutoff), options);
  return hits.map(({ candidate }) => candidate.id);
}

/** The same measure for stage 1's own order, and for the best possible order of the first `depth` candidates. */
export function measureStage1(
  { query, candidates, measure }: Pick<MeasureSettingsRequest, 'query' | 'candidates' | 'measure'>,
  depth: number,
): { readonly asFound: number; readonly ceiling: number } {
  const ids = candidates.slice(0, depth).map(({ id }) => id);
  const grade = (id: string) => query.judgments.get(id) ?? 0;
  const best = [...ids].sort((a, b) => grade(b) - grade(a));
  const of = (order: readonly string[]) => measureOrder(order, query.judgments, [measure])[0]!;
  return { asFound: of(ids), ceiling: of(best) };
}
