import { stringifyJson } from '../../foundation/stringify-json.ts';
import type { Candidate } from '../seams/candidate.ts';

/**
 * When candidates of several lists are one passage. Candidates with the same id always are; with `text` also those
 * with the same text, after NFKC and regardless of case and white space; with `payload` also those with the same
 * value in that payload field, a string or a number.
 */
export type MergeBy = 'id' | 'text' | { readonly payload: string };

/**
 * Gives every candidate the number of its passage. Equality is transitive: if A has the id of B and B has the text of
 * C, all three are one passage, in any order.
 */
export function numberPassages(
  candidates: readonly Candidate[],
  mergeBy: MergeBy,
): ReadonlyMap<Candidate, number> {
  const parents = candidates.map((_, index) => index);
  const rootOf = (index: number): number => {
    let root = index;
    while (parents[root] !== root) {
      parents[root] = parents[parents[root]!]!;
      root = parents[root]!;
    }
    return root;
  };
  const firstWith = new Map<string, number>();
  for (const [index, candidate] of candidates.entries()) {
    for (const mark of marksOf(candidate, mergeBy)) {
      const first = firstWith.get(mark);
      if (first === undefined) firstWith.set(mark, index);
      else parents[rootOf(index)] = rootOf(first);
    }
  }
  return new Map(candidates.map((candidate, index) => [candidate, rootOf(index)]));
}

/** Two candidates that share one of these marks are the same passage; the first letter distinguishes ids from texts. */
function marksOf({ id, text, payload }: Candidate, mergeBy: MergeBy): string[] {
  const marks = [`i${id}`];
  if (mergeBy === 'id') return marks;
  if (mergeBy === 'text') return typeof text === 'string' ? [...marks, `t${normalized(text)}`] : marks;
  const value = payload?.[mergeBy.payload];
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint'
    ? [...marks, `p${stringifyJson(value)}`]
    : marks;
}

function normalized(text: string): string {
  return text.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim();
}
