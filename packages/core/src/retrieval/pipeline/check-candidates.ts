import { describeValue } from '../../foundation/describe-value.ts';
import { isPerhapsRounded } from '../../foundation/exact-numbers.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import type { Candidate } from '../seams/candidate.ts';
import type { OnDegraded } from '../seams/degradation.ts';

/**
 * Checks a source's answer, because a source may be third-party code. An answer in the wrong order is refused; a
 * candidate without an id, or with the id of an earlier one, is left out, and `onDegraded` is told. It is also told
 * of an integer in a payload that a client may have rounded.
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
        'Fix the source: candidateSourceContract of @secondpass/core/testing tests what it must keep.',
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
  tellRounded(usable, origin, onDegraded);
  if (leftOut.length === 0) return candidates;
  onDegraded({
    stage: 'search',
    reason: `${origin}: ${leftOut.length} of ${candidates.length} candidates were left out: ${leftOut[0]}.`,
  });
  return usable.map((candidate, index) => ({ ...candidate, rank: index + 1 }));
}

/**
 * A client that uses plain `JSON.parse` gives 1784530912236650500 for 1784530912236650497, and nobody can see the
 * difference later.
 */
function tellRounded(candidates: readonly Candidate[], origin: string, onDegraded: OnDegraded): void {
  const found = candidates.flatMap(({ id, payload }) => {
    const path = payload && roundedAt(payload, 'payload', deepestPayload);
    return path === undefined ? [] : [{ id, path }];
  });
  const [first] = found;
  if (first === undefined) return;
  onDegraded({
    stage: 'search',
    reason: `${origin}: ${found.length} of ${candidates.length} payloads have an integer beyond 2^53 as a number, which may be rounded: the first is ${first.path} of ${JSON.stringify(first.id)}. Let the client read such integers as bigint.`,
  });
}

/** How many levels are searched; deeper values are a cycle, or refused by every writer. */
const deepestPayload = 32;

function roundedAt(value: unknown, path: string, levels: number): string | undefined {
  if (isPerhapsRounded(value)) return path;
  if (typeof value !== 'object' || value === null || levels === 0) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const found = roundedAt(inner, `${path}.${key}`, levels - 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
