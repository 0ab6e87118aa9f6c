import { z } from 'zod';
import { checkOptions, integer } from '../../foundation/check-options.ts';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import { type EarlyExit, firstStep, marginOver, type ReadPassage } from './early-exit.ts';

/** What {@link calibrateCascade} learns from, and what it must keep. */
export interface CalibrateCascadeRequest {
  /**
   * For each query, the raw scores of its passages by both models, in the same order. Use queries like the future
   * ones, and none that a model or setting was chosen by; more queries give a tighter result. No judgments are
   * needed.
   */
  readonly queries: readonly (readonly ReadPassage[])[];
  /** How many of the later model's best are wanted, from 1. */
  readonly topK: number;
  /** The share of them that must be found, averaged over queries; above 0, below 1. @default 0.95 */
  readonly certainty?: number;
  /** Passages read between two checks. @default 16 */
  readonly step?: number;
  /** As in the stage: it reads at most this many of the earlier model's best. @default all */
  readonly best?: number;
}

const origin = 'calibrate-cascade';

/** The state of a query at one check. */
interface Look {
  readonly margin: number;
  /** Share of the top k that stopping here would miss. */
  readonly missed: number;
}

/**
 * Finds the gap at which a stage of a cascade may stop reading, by conformal risk control (Angelopoulos et al. 2024):
 * for queries of the same distribution as the given ones, the expected share of the later model's own top k that is
 * still found is at least `certainty`. The bound holds for any number of queries and any models; passages are always
 * read in the earlier model's order, and a larger gap reads more, as the method requires.
 *
 * Half of the queries give the slope and the other half the gap, so that the rule is fixed before it is judged.
 *
 * @throws RetrievalError `invalid-options`, also if there are too few queries for that certainty
 *
 * @example
 * import { calibrateCascade } from '@secondpass/core/rerankers';
 * // In earnest: raw scores of both models on a few hundred of your own queries.
 * const passages = (query: number) =>
 *   Array.from({ length: 50 }, (_, index) => ({ earlier: 50 - index, later: 50 - index + Math.sin(index * query) }));
 * const queries = Array.from({ length: 200 }, (_, query) => passages(query + 1));
 * const exit = calibrateCascade({ queries, topK: 10, certainty: 0.95 });
 * Object.keys(exit); // → [ 'topK', 'step', 'slope', 'gap' ]
 */
export function calibrateCascade(request: CalibrateCascadeRequest): EarlyExit {
  check(request);
  const { queries, topK, certainty = 0.95, step = 16, best = Number.POSITIVE_INFINITY } = request;
  const lists = queries.map((passages) => passages.toSorted((a, b) => b.earlier - a.earlier).slice(0, best));
  const slope = Math.max(0, slopeWithin(lists.filter((_, index) => index % 2 === 0)));
  const judged = lists.filter((_, index) => index % 2 === 1);
  const looks = judged.map((passages) => looksAt(passages, { topK, step, slope }));
  const margins = looks.flat().map(({ margin }) => margin);
  const lowest = margins.reduce((least, margin) => Math.min(least, margin), 0) - 1;
  const gaps = [lowest, ...margins.sort((a, b) => a - b)];
  const allowed = 1 - certainty + 1e-12;
  // A larger gap never misses more, so bisection finds the smallest sufficient one.
  let [first, last] = [0, gaps.length - 1];
  while (first < last) {
    const middle = Math.floor((first + last) / 2);
    if (boundOfMissed(looks, gaps[middle]!) <= allowed) last = middle;
    else first = middle + 1;
  }
  return { topK, step, slope, gap: gaps[last]! };
}

/** The share that a gap misses on average, with one more query that misses everything: the future one. */
function boundOfMissed(looks: readonly (readonly Look[])[], gap: number): number {
  const missed = looks.map((of) => of.find(({ margin }) => margin > gap)?.missed ?? 0);
  return (missed.reduce((sum, share) => sum + share, 0) + 1) / (looks.length + 1);
}

function looksAt(
  passages: readonly ReadPassage[],
  exit: Pick<EarlyExit, 'topK' | 'step' | 'slope'>,
): readonly Look[] {
  const wanted = new Set(passages.toSorted((a, b) => b.later - a.later).slice(0, exit.topK));
  const looks: Look[] = [];
  for (let count = firstStep(exit); count < passages.length; count += exit.step) {
    const read = passages.slice(0, count);
    const found = read.filter((passage) => wanted.has(passage)).length;
    const margin = marginOver(passages[count]!.earlier, read, exit);
    looks.push({ margin, missed: 1 - found / exit.topK });
  }
  return looks;
}

/** Least squares of later on earlier scores, after each query's mean is subtracted. */
function slopeWithin(lists: readonly (readonly ReadPassage[])[]): number {
  let [products, squares] = [0, 0];
  for (const passages of lists) {
    const mean = (key: keyof ReadPassage) =>
      passages.reduce((sum, passage) => sum + passage[key], 0) / passages.length;
    const [earlier, later] = [mean('earlier'), mean('later')];
    for (const passage of passages) {
      products += (passage.earlier - earlier) * (passage.later - later);
      squares += (passage.earlier - earlier) ** 2;
    }
  }
  return squares === 0 ? 0 : products / squares;
}

const score = z.custom<number>(Number.isFinite, 'a finite number, or leave that query out');

const schema = z.strictObject({
  queries: z.array(z.array(z.looseObject({ earlier: score, later: score }))),
  topK: integer(1, 1_000_000),
  certainty: z
    .custom<number>(
      (value) => typeof value === 'number' && value > 0 && value < 1,
      'a number between 0 and 1',
    )
    .optional(),
  step: integer(1, 1_000_000).optional(),
  best: integer(1, 1_000_000).optional(),
});

function check(request: CalibrateCascadeRequest): void {
  checkOptions(schema, request, { origin });
  const { queries, topK, certainty = 0.95, best = topK } = request;
  const refuse = (key: string, problem: string, nextStep: string): never => {
    throw new RetrievalError({ code: 'invalid-options', origin, problem, nextStep, path: [key] });
  };
  if (best < topK) refuse('best', `best is ${best} and topK is ${topK}.`, 'Set best to at least topK.');
  const needed = 2 * Math.ceil(1 / (1 - certainty) - 1 - 1e-9);
  if (queries.length < needed) {
    refuse(
      'queries',
      `${queries.length} queries cannot show a certainty of ${certainty}.`,
      `Give at least ${needed} queries, better ten times as many, or ask for less certainty.`,
    );
  }
}
