import { checkOptions, integer, optionsOf } from '@secondpass/core/extend';
import { checkIds } from './check-given.ts';
import { judgeRanking } from './judged-ranking.ts';
import type { QueryJudgments } from './judgments.ts';
import type { Measure } from './measure.ts';
import type { ScoredPassage } from './scored-passage.ts';
import { refuseRepeated, trecOrder } from './trec-order.ts';

/** What counts as relevant. */
export interface MeasureOptions {
  /** The lowest relevant grade, from 1. nDCG uses every grade above 0 in any case. @default 1 */
  readonly relevanceLevel?: number;
}

const optionsSchema = optionsOf({ relevanceLevel: integer(1, 1_000_000).optional() });

/** @throws RetrievalError `invalid-options` */
export function checkMeasureOptions(options: MeasureOptions): void {
  checkOptions(optionsSchema, options, { origin: 'evaluation' });
}

/**
 * The value of each measure for one ranking, in the order of `measures`. The ranking is sorted in trec_eval's order
 * first ({@link trecOrder}), so the given order does not matter.
 *
 * @throws RetrievalError `duplicate-id` or `invalid-options`
 *
 * @example
 * import { measureQuery, parseMeasure } from '@secondpass/evaluation';
 * const judgments = new Map([['a', 2], ['b', 0]]);
 * const ranking = [{ id: 'b', score: 0.9 }, { id: 'a', score: 0.4 }];
 * measureQuery(ranking, judgments, [parseMeasure('recip_rank')]); // → [ 0.5 ]
 */
export function measureQuery(
  ranking: readonly ScoredPassage[],
  judgments: QueryJudgments,
  measures: readonly Measure[],
  options: MeasureOptions = {},
): readonly number[] {
  return measure(trecOrder(ranking), judgments, measures, options);
}

/**
 * The same for a ranking that is already sorted: ids, best first. It keeps the order as served, because scores do not
 * show how ties were broken.
 *
 * @throws RetrievalError `duplicate-id` or `invalid-options`
 *
 * @example
 * import { measureOrder, parseMeasure } from '@secondpass/evaluation';
 * measureOrder(['b', 'a'], new Map([['a', 2]]), [parseMeasure('recip_rank')]); // → [ 0.5 ]
 */
export function measureOrder(
  ids: readonly string[],
  judgments: QueryJudgments,
  measures: readonly Measure[],
  options: MeasureOptions = {},
): readonly number[] {
  checkIds(ids, 'ids');
  refuseRepeated(ids);
  return measure(ids, judgments, measures, options);
}

function measure(
  ids: readonly string[],
  judgments: QueryJudgments,
  measures: readonly Measure[],
  options: MeasureOptions,
): readonly number[] {
  checkMeasureOptions(options);
  const { relevanceLevel = 1 } = options;
  const judged = judgeRanking(ids, judgments, relevanceLevel);
  return measures.map(({ formula, cutoff }) => formula(judged, cutoff));
}
