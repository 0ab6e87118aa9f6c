import { RetrievalError } from '../../foundation/retrieval-error.ts';
import type { Hit, Ranking } from '../ranking/ranking.ts';
import type { Context, LeftOut } from './context.ts';
import { type CheckedContextOptions, type ContextOptions, checkContextOptions } from './context-options.ts';
import { cutPassage } from './cut-passage.ts';
import { diversify } from './diversify.ts';
import { expand, type Unit, unitOf } from './expansion.ts';
import { type Chosen, layOut } from './lay-out.ts';

const origin = 'build-context';

/** All pairs of hits are compared, and more hits would not fit into a prompt. */
const mostHits = 200;

/**
 * Makes the part of a prompt that holds the passages, the step between rerank and generate of Re2G (Glass et al. 2022):
 * hits without near-duplicates, with their surroundings, numbered, within a token budget.
 *
 * Whole passages come first. A passage that is too long for the remaining budget is tried without its surroundings,
 * and then skipped. At the end, the best skipped passage is cut at the end of a sentence or word.
 *
 * @param found a ranking, or hits, best first, at most 200
 * @throws RetrievalError `invalid-options`, `duplicate-id`, `dimension-mismatch`; `deadline-exceeded` or `source-failed` of
 *   `expand.fetch`; or the signal's reason
 *
 * @example
 * import { buildContext } from '@secondpass/core/answers';
 * const candidate = { id: 'a', text: 'Yeast makes dough rise.', score: 1, rank: 1, payload: { title: 'Bread' } };
 * const { text, citations } = await buildContext([{ rank: 1, score: 0.9, candidate }], { tokenBudget: 1000 });
 * text; // → '[1] Bread\n> Yeast makes dough rise.'
 * citations[0]?.id; // → 'a'
 */
export async function buildContext(
  found: Ranking<object> | readonly Hit<object>[],
  options: ContextOptions,
): Promise<Context> {
  const checked = checkContextOptions(options);
  const hits = checkHits((isRanking(found) ? found.hits : found) as readonly Hit[]);
  const { minScore = Number.NEGATIVE_INFINITY, diversity, expand: expansion, signal } = checked;
  signal?.throwIfAborted();
  const leftOut: LeftOut[] = hits
    .filter(({ score }) => score < minScore)
    .map(({ candidate }) => ({ id: candidate.id, reason: 'below-min-score' }));
  const diverse = await diversify(
    hits.filter(({ score }) => score >= minScore),
    diversity,
    signal,
  );
  const units = await expand(diverse.hits, expansion, signal);
  const { chosen, tooLong } = fill(units, checked);
  const { text, citations } = layOut(chosen, checked);
  return {
    text,
    citations,
    usedTokens: count(text, checked),
    leftOut: [
      ...leftOut,
      ...diverse.leftOut,
      ...tooLong.map((hit) => ({ id: hit.candidate.id, reason: 'no-room' as const })),
    ],
  };
}

function fill(
  units: readonly Unit[],
  options: CheckedContextOptions,
): { readonly chosen: readonly Chosen[]; readonly tooLong: readonly Hit[] } {
  const chosen: Chosen[] = [];
  const tooLong: { place: number; hit: Hit }[] = [];
  const fits = (one: Chosen) => count(layOut([...chosen, one], options).text, options) <= options.tokenBudget;
  const take = (one: Chosen): boolean => {
    if (!fits(one)) return false;
    chosen.push(one);
    return true;
  };
  for (const [place, unit] of units.entries()) {
    if (take({ place, unit })) continue;
    for (const hit of unit.hits) {
      if (!take({ place, unit: unitOf(hit) })) tooLong.push({ place, hit });
    }
  }
  for (const [index, { place, hit }] of tooLong.entries()) {
    const unit = unitOf(hit);
    const cutTo = cutPassage(unit.text, (beginning) => fits({ place, unit, cutTo: beginning }));
    if (cutTo === undefined) continue;
    chosen.push({ place, unit, cutTo });
    tooLong.splice(index, 1);
    break;
  }
  return { chosen, tooLong: tooLong.map(({ hit }) => hit) };
}

function count(text: string, { countTokens }: CheckedContextOptions): number {
  if (text === '') return 0;
  const tokens = countTokens(text);
  if (typeof tokens === 'number' && tokens >= 0) return tokens;
  throw new RetrievalError({
    code: 'invalid-options',
    origin,
    problem: `countTokens gave ${String(tokens)}.`,
    nextStep: 'Give a number of tokens, such as the length of a list of token ids.',
  });
}

function isRanking(found: unknown): found is Ranking<object> {
  return typeof found === 'object' && found !== null && 'hits' in found;
}

function checkHits(hits: readonly Hit[]): readonly Hit[] {
  if (!Array.isArray(hits) || hits.length > mostHits) {
    throw new RetrievalError({
      code: 'invalid-options',
      origin,
      problem: Array.isArray(hits) ? `There are ${hits.length} hits.` : 'The value given has no hits.',
      nextStep: `Pass a ranking or at most ${mostHits} hits.`,
    });
  }
  const ids = new Set<string>();
  for (const [index, hit] of hits.entries()) {
    const candidate = hit?.candidate;
    if (
      typeof candidate?.id !== 'string' ||
      typeof candidate.text !== 'string' ||
      !Number.isFinite(hit.score)
    ) {
      throw new RetrievalError({
        code: 'invalid-options',
        origin,
        problem: `hits[${index}] is not a hit: it needs a score, and a candidate with id and text.`,
        nextStep: 'Pass the ranking that retrieve gave, or its hits.',
      });
    }
    if (ids.has(candidate.id)) {
      throw new RetrievalError({
        code: 'duplicate-id',
        origin,
        problem: `Two hits have the id ${JSON.stringify(candidate.id)}.`,
        nextStep: 'Pass each passage once; fusedSource merges the lists of several sources.',
      });
    }
    ids.add(candidate.id);
  }
  return hits;
}
