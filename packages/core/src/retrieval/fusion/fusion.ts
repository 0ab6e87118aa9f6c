import { checkOptions } from '../../foundation/check-options.ts';
import { describeValue } from '../../foundation/describe-value.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import type { Candidate, Finding } from '../seams/candidate.ts';
import { fusionSchema } from './fusion-schema.ts';
import { type MergeBy, numberPassages } from './same-passage.ts';

const origin = 'fuse';

/** How several lists of candidates become one. */
export type Fusion =
  | {
      /**
       * Reciprocal rank fusion (Cormack, Clarke & Büttcher 2009): the sum over lists of weight ÷ (k + rank), ranks from 1.
       * It reads ranks only, so it can join unrelated scales.
       */
      readonly method: 'rrf';
      /** @default 60, the paper's */
      readonly k?: number;
      /** One per list. @default 1 each */
      readonly weights?: readonly number[];
    }
  | {
      /** The sum of weight × score, each list's scores stretched onto [0, 1]; a list that lacks a candidate gives it 0. */
      readonly method: 'weighted';
      /** One per list. @default 1 each */
      readonly weights?: readonly number[];
    };

/** One source's answer, with the name that `foundBy` gives it. */
export interface CandidateList {
  readonly source: string;
  readonly candidates: readonly Candidate[];
}

/**
 * Merges lists, best first, ranks from 1. A passage is counted once per list, at its best rank; its id, text and
 * payload are those of the first list that has it. Equal scores are ordered by best rank, then by id, so that the
 * order is deterministic.
 *
 * @param depth candidates kept at most
 * @throws RetrievalError `invalid-options`, naming the list or the option
 *
 * @example
 * import { fuse } from '@secondpass/core/sources';
 * const listed = (...ids: string[]) => ids.map((id, index) => ({ id, text: id, score: 1 - index / 10, rank: index + 1 }));
 * const lists = [
 *   { source: 'words', candidates: listed('a', 'b') },
 *   { source: 'vectors', candidates: listed('b', 'c') },
 * ];
 * fuse(lists, { method: 'rrf' }, 3).map(({ id }) => id); // → [ 'b', 'a', 'c' ]
 */
export function fuse(
  lists: readonly CandidateList[],
  fusion: Fusion,
  depth: number,
  mergeBy: MergeBy = 'id',
): Candidate[] {
  checkLists(lists, depth);
  checkOptions(fusionSchema(lists.length), fusion, { origin });
  const passageOf = numberPassages(
    lists.flatMap(({ candidates }) => candidates),
    mergeBy,
  );
  const merged = new Map<number, { candidate: Candidate; score: number; foundBy: Finding[] }>();
  for (const [position, { source, candidates }] of lists.entries()) {
    const weight = fusion.weights?.[position] ?? 1;
    const worth =
      fusion.method === 'rrf' ? reciprocalRanks(candidates, fusion.k ?? 60) : stretched(candidates);
    const counted = new Set<number>();
    for (const [index, candidate] of candidates.entries()) {
      const passage = passageOf.get(candidate)!;
      if (counted.has(passage)) continue;
      counted.add(passage);
      const { id, rank, score } = candidate;
      const entry = merged.get(passage) ?? { candidate, score: 0, foundBy: [] };
      entry.score += weight * worth[index]!;
      entry.foundBy.push({ source, ...(id !== entry.candidate.id && { id }), rank, score });
      merged.set(passage, entry);
    }
  }
  const bestRank = (foundBy: readonly Finding[]) => Math.min(...foundBy.map(({ rank }) => rank));
  return [...merged.values()]
    .sort(
      (a, b) =>
        b.score - a.score ||
        bestRank(a.foundBy) - bestRank(b.foundBy) ||
        (a.candidate.id < b.candidate.id ? -1 : 1),
    )
    .slice(0, depth)
    .map(({ candidate, score, foundBy }, index) => ({ ...candidate, score, rank: index + 1, foundBy }));
}

function checkLists(lists: readonly CandidateList[], depth: number): void {
  if (!Array.isArray(lists))
    refuse(`lists is ${describeValue(lists)}.`, 'Give a list of { source, candidates }.');
  if (!Number.isInteger(depth) || depth < 1)
    refuse(`depth is ${describeValue(depth)}.`, 'Use an integer from 1.');
  for (const [index, list] of lists.entries()) {
    if (typeof list?.source !== 'string' || !Array.isArray(list.candidates)) {
      refuse(
        `lists[${index}] has no source or no candidates.`,
        "Give { source, candidates }: a source's name and its answer.",
      );
    }
    for (const [place, candidate] of list.candidates.entries()) {
      if (
        typeof candidate?.id === 'string' &&
        Number.isFinite(candidate.rank) &&
        Number.isFinite(candidate.score)
      )
        continue;
      refuse(
        `lists[${index}].candidates[${place}] lacks an id, a rank or a score.`,
        'Give candidates as sources answer them.',
      );
    }
  }
}

function refuse(problem: string, nextStep: string): never {
  throw new RetrievalError({ code: 'invalid-options', origin, problem, nextStep });
}

function reciprocalRanks(candidates: readonly Candidate[], k: number): number[] {
  return candidates.map(({ rank }) => 1 / (k + rank));
}

/** Each candidate of a list with equal scores gets 1, because the list states no order. */
function stretched(candidates: readonly Candidate[]): number[] {
  const scores = candidates.map(({ score }) => score);
  const [low, high] = [Math.min(...scores), Math.max(...scores)];
  return scores.map((score) => (high > low ? (score - low) / (high - low) : 1));
}
