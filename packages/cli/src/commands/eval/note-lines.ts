import { count } from '../../output/count.ts';
import { printable } from '../../output/printable.ts';
import type { EvalReport } from './eval-report.ts';
import type { Incident } from './incidents.ts';

/** What a reader has to know before believing the numbers, a line each; none where there is nothing. */
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
    // Those that failed are told below, with the reason.
    if (missing > 0 && !failed)
      yield `${printable(name)} has no ranking for ${count(missing, 'judged query', 'judged queries')}, ${average === 'judged' ? 'which count as 0' : 'which are left out'}`;
    if (unjudgedQueries > 0)
      yield `${count(unjudgedQueries, 'query', 'queries')} of ${printable(name)} not judged, and left out`;
  }
  if (queries.withoutRelevant > 0)
    yield `${count(queries.withoutRelevant, 'query', 'queries')} without a relevant passage in ${printable(qrels)}: 0 for every ranking`;
  if (degraded && degraded.count > 0) {
    yield `${count(degraded.count, 'answer', 'answers')} less than the full one, and measured as served:`;
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
