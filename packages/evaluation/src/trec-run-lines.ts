import { describeValue } from '@secondpass/core/extend';
import { checkRanking } from './check-given.ts';
import { refuse } from './evaluation-error.ts';
import type { ScoredPassage } from './scored-passage.ts';

/**
 * A ranking as lines of a TREC run, in the order given. Readers of such a file order it by score alone, in single precision: where
 * a score does not fall from one line to the next (a tie, or two models' scores in one list), it is written as the next number
 * below the one before, so that every reader finds the order that was served.
 *
 * @param name the run's, in the last column
 * @returns lines that end with a line break; empty for an empty ranking
 * @throws RetrievalError `invalid-options` where an id has white space in it, which the form cannot hold, or a score is not finite
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
          'Give it a number of single precision.',
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
    `${JSON.stringify(word)} cannot stand in a TREC run, whose columns are separated by white space.`,
    'Use ids without white space, or leave the run unwritten.',
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
