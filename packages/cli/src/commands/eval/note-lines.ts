import { count } from '../../output/count.ts';
import { printable } from '../../output/printable.ts';
import type { EvalReport } from './eval-report.ts';
import type { Incident } from './incidents.ts';

/** Notes that a reader needs to judge the numbers, one per line; none if there is nothing to note. */
export function* noteLines({
  queries,
  runs,
  average,
  degraded,
  failed,
  qrels,
}: EvalReport): Generator<string> {
  for (const { name, answered, unjudgedQueries } of runs) {
    const missing = queries.counted - answered;
    // Failed queries are listed below, with the reason.
    if (missing > 0 && !failed)
      yield `${printable(name)} has no ranking for ${count(missing, 'judged query', 'judged queries')}, ${average === 'judged' ? 'which count as 0' : 'which are left out'}`;
    if (unjudgedQueries > 0)
      yield `${count(unjudgedQueries, 'query', 'queries')} of ${printable(name)} without judgments, left out`;
  }
  if (queries.withoutRelevant > 0)
    yield `${count(queries.withoutRelevant, 'query', 'queries')} without a relevant passage in ${printable(qrels)}: 0 for every ranking`;
  if (degraded && degraded.count > 0) {
    yield `${count(degraded.count, 'answer', 'answers')} degraded, measured as served:`;
    yield* degraded.reasons.map(incidentLine);
  }
  if (failed && failed.count > 0) {
    yield `${count(failed.count, 'query', 'queries')} failed, ${average === 'judged' ? 'and count as 0' : 'and are left out'}:`;
    yield* failed.reasons.map(incidentLine);
  }
}

function incidentLine({ reason, count, queries }: Incident): string {
  const more = count > queries.length ? ', …' : '';
  return `  ${count} × ${printable(reason)} (${printable(queries.join(', '))}${more})`;
}
