import { describeValue } from '@secondpass/core/extend';
import { checkRanking, checkStream } from './check-given.ts';
import { refuse } from './evaluation-error.ts';
import type { Judgments } from './judgments.ts';
import type { Measure } from './measure.ts';
import { checkMeasureOptions, type MeasureOptions, measureQuery } from './measure-query.ts';
import type { MeasuredRun } from './measured-run.ts';
import type { ScoredPassage } from './scored-passage.ts';

/** One query of a run. */
export interface QueryRanking {
  readonly query: string;
  readonly ranking: readonly ScoredPassage[];
}

/**
 * Measures a run query by query. No ranking is kept, so a run that is read from a stream may have any length.
 *
 * @throws RetrievalError `duplicate-id`; or `invalid-options`, also if a query is ranked twice
 *
 * @example
 * import { measureRun, parseMeasure } from '@secondpass/evaluation';
 * const judgments = new Map([['q1', new Map([['a', 1]])]]);
 * const rankings = [{ query: 'q1', ranking: [{ id: 'a', score: 0.9 }] }];
 * const { perQuery } = await measureRun(rankings, judgments, [parseMeasure('success_1')]);
 * perQuery.get('q1'); // → [ 1 ]
 */
export async function measureRun(
  rankings: Iterable<QueryRanking> | AsyncIterable<QueryRanking>,
  judgments: Judgments,
  measures: readonly Measure[],
  options: MeasureOptions = {},
): Promise<MeasuredRun> {
  const perQuery = new Map<string, readonly number[]>();
  let unjudgedQueries = 0;
  checkStream(rankings, 'rankings');
  checkMeasureOptions(options);
  for await (const one of rankings) {
    if (typeof one?.query !== 'string')
      throw refuse(`A ranking is ${describeValue(one)}.`, 'Give rankings as { query, ranking }.');
    const { query, ranking } = one;
    checkRanking(ranking);
    const judged = judgments.get(query);
    if (!judged) {
      unjudgedQueries += 1;
      continue;
    }
    if (perQuery.has(query)) {
      throw refuse(`The query ${JSON.stringify(query)} is ranked twice.`, 'Give each query one ranking.');
    }
    perQuery.set(query, measureQuery(ranking, judged, measures, options));
  }
  return { measures, perQuery, unjudgedQueries };
}
