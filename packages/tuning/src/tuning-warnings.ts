import { isCascade } from '@secondpass/core/extend';
import type { Scorer } from './scorer.ts';
import { fewQueries } from './tune-request.ts';
import type { TuningResult } from './tuning-result.ts';

/** What a reader should know before trusting the figures. */
export function tuningWarnings(
  { queries, timings, depths }: Omit<TuningResult, 'warnings'>,
  scorers: readonly Scorer[],
): readonly string[] {
  const warnings: string[] = [];
  if (queries.used < fewQueries) {
    warnings.push(
      `Only ${queries.used} queries have a relevant passage. With fewer than ${fewQueries} the figures are rough, and most differences may be noise.`,
    );
  }
  // A cascade was measured at each depth.
  const estimated = scorers.filter(
    ({ batchInvariant, reranker }) => batchInvariant !== true && !isCascade(reranker),
  );
  for (const { key } of estimated) {
    warnings.push(
      `A score of ${key} may depend on the other pairs in its batch, so its figures below the greatest depth are approximate.`,
    );
  }
  const others = timings.filter(({ samePlaces }) => samePlaces !== undefined && samePlaces < 0.999);
  const worst = others.toSorted((a, b) => a.samePlaces! - b.samePlaces!)[0];
  if (worst) {
    const share = Math.round((1 - worst.samePlaces!) * 1000) / 10;
    warnings.push(
      `Asked for ${worst.depth} candidates, stage 1 returns other ones than the first ${worst.depth} of ${Math.max(...depths)} at ${share} % of the ranks, so the figures of lower depths are approximate.`,
    );
  }
  if (queries.withoutCandidates > 0) {
    warnings.push(`Stage 1 found nothing for ${queries.withoutCandidates} queries; they count with 0.`);
  }
  return warnings;
}
