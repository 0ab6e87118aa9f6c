import { describeValue } from '../../foundation/describe-value.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import type { Candidate } from '../seams/candidate.ts';
import type { OnDegraded } from '../seams/degradation.ts';

/**
 * What a source answers is checked as scores are: it may be anybody's. An answer that keeps no order is refused; a candidate
 * without an id, or with the id of one before it, is left out, and `onDegraded` is told.
 *
 * @returns the candidates that can be used, with ranks from 1 without gaps
 * @throws RetrievalError `source-failed`
 */
export function checkCandidates(
  candidates: readonly Candidate[],
  depth: number,
  origin: string,
  onDegraded: OnDegraded,
): readonly Candidate[] {
  const refuse = (problem: string): never => {
    throw new RetrievalError({
      code: 'source-failed',
      origin,
      problem,
      nextStep:
        'Mend the source: candidateSourceContract of @secondpass/core/testing says what it must keep.',
    });
  };
  if (!Array.isArray(candidates)) refuse(`The source answers ${describeValue(candidates)}, not a list.`);
  if (candidates.length > depth)
    refuse(`The source answers ${candidates.length} candidates, and depth is ${depth}.`);
  const seen = new Set<string>();
  const leftOut: string[] = [];
  const usable = candidates.filter((candidate: Candidate | null, index) => {
    const id: unknown = candidate?.id;
    if (typeof id !== 'string' || id === '') {
      leftOut.push(`number ${index + 1} has no id`);
      return false;
    }
    if (seen.has(id)) {
      leftOut.push(`number ${index + 1} has the id ${JSON.stringify(id)} of one before it`);
      return false;
    }
    seen.add(id);
    if (!Number.isFinite(candidate!.score)) {
      refuse(`The score of candidate ${JSON.stringify(id)} is ${describeValue(candidate!.score)}.`);
    }
    return true;
  });
  usable.forEach((candidate, index) => {
    const before = usable[index - 1];
    if (
      !Number.isInteger(candidate.rank) ||
      candidate.rank < 1 ||
      (before && candidate.rank <= before.rank)
    ) {
      refuse(
        `Candidate ${JSON.stringify(candidate.id)} has the rank ${describeValue(candidate.rank)}${before ? ` after rank ${before.rank}` : ''}.`,
      );
    }
  });
  if (leftOut.length === 0) return candidates;
  onDegraded({
    stage: 'search',
    reason: `${origin}: ${leftOut.length} of ${candidates.length} candidates were left out: ${leftOut[0]}.`,
  });
  return usable.map((candidate, index) => ({ ...candidate, rank: index + 1 }));
}
