import { describeValue } from '@secondpass/core/extend';
import { checkRanking } from './check-given.ts';
import { refuse } from './evaluation-error.ts';
import type { ScoredPassage } from './scored-passage.ts';

/**
 * A ranking as lines of a TREC run, in the given order. Readers of such a file sort by score only, in single
 * precision. If a score is not below the one before (a tie, or two models' scores in one list), the next lower number
 * is written instead, so that every reader gets the order that was served.
 *
 * @param name the name of the run, for the last column
 * @returns lines that end with a line break; empty for an empty ranking
 * @throws RetrievalError `invalid-options` for an id with white space, which the form cannot hold, or a score that is
 * not finite
 *
 * @example
 * import { trecRunLines } from '@secondpass/evaluation';
 * trecRunLines('q1', [{ id: 'a', score: 0.5 }], 'my-run'); // → 'q1 Q0 a 1 0.5 my-run\n'
 */
export function trecRunLines(query: string, ranking: readonly ScoredPassage[], name: string): string {
  checkRanking(ranking);
  let above = Infinity;
  return ranking
    .map(({ id, score }, index) => {
      for (const word of [query, id, name]) refuseWhiteSpace(word);
      if (!(Math.abs(score) < largest)) {
        throw refuse(
          `The score of ${JSON.stringify(id)} is ${describeValue(score)}.`,
          'Give it a number that fits single precision.',
        );
      }
      const single = Math.fround(score);
      above = single < above ? single : nextBelow(above);
      return `${query} Q0 ${id} ${index + 1} ${above} ${name}\n`;
    })
    .join('');
}

function refuseWhiteSpace(word: string): void {
  if (/^\S+$/.test(word)) return;
  throw refuse(
    `${JSON.stringify(word)} cannot be written to a TREC run, whose columns are separated by white space.`,
    'Use ids without white space, or do not write the run.',
  );
}

const largest = 3.4028234663852886e38;
const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);

/** The next number below in single precision. */
function nextBelow(value: number): number {
  if (value === Infinity) return largest;
  single[0] = value;
  if (value === 0) bits[0] = 0x8000_0001;
  else bits[0]! += value > 0 ? -1 : 1;
  return single[0]!;
}
