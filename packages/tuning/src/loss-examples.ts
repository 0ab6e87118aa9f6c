import type { Candidate } from '@secondpass/core';
import { orderOf } from './measure-settings.ts';
import type { QueryOutcome } from './query-outcome.ts';
import { scoreCandidates } from './score-candidates.ts';
import type { Setting } from './setting.ts';
import type { CheckedTuneRequest } from './tune-request.ts';

/** A query that got worse with a setting, with the texts that show why. */
export interface LossExample {
  readonly query: string;
  readonly text: string;
  /** What the measure says of stage 1's order, from 0 to 1. */
  readonly stage1: number;
  /** What it says of the advised setting's order. */
  readonly advised: number;
  /** The top passages. */
  readonly before: readonly ShownPassage[];
  readonly after: readonly ShownPassage[];
  /** The passages judged relevant, the highest grades first. */
  readonly judged: readonly ShownPassage[];
  /** How many more relevant passages there are. */
  readonly judgedLeftOut: number;
}

/** A passage of a {@link LossExample}. */
export interface ShownPassage {
  readonly id: string;
  /** The beginning; `null` if the text is not available. */
  readonly text: string | null;
  /** `null` without a judgment. */
  readonly grade: number | null;
  /** `null` if the passage is not in the list. */
  readonly rankBefore: number | null;
  /** `null` if the passage is not in the list. */
  readonly rankAfter: number | null;
}

const shownOnTop = 3;
const shownJudged = 5;
const shownCharacters = 400;

/** The worst losses. Their queries are searched and scored again, because texts were not kept. */
export async function lossExamples(
  request: CheckedTuneRequest,
  setting: Setting,
  outcomes: readonly QueryOutcome[],
): Promise<readonly LossExample[]> {
  const { queries, search, stage1, scorers, depths, signal, examples, findTexts, measure } = request;
  const lost = outcomes
    .filter(({ stage1, advised }) => advised < stage1)
    .sort((a, b) => a.advised - a.stage1 - (b.advised - b.stage1))
    .slice(0, examples);
  const used = scorers.filter(({ key }) => key === setting.scorer);
  const whole = { ...measure, cutoff: Number.POSITIVE_INFINITY };
  const found = [];
  for (const outcome of lost) {
    const query = queries.find(({ id }) => id === outcome.query)!;
    const candidates = await search(query.text, Math.max(...depths), signal);
    const asked = { query: query.text, candidates, stage1: stage1(), signal };
    const scores = await scoreCandidates(asked, used, [setting.depth]);
    const after = orderOf({ candidates, scores, measure: whole }, setting);
    found.push({ outcome, query, candidates: candidates.slice(0, setting.depth), after });
  }
  const missing = found.flatMap(({ query, candidates }) => {
    const known = new Set(candidates.map(({ id }) => id));
    return relevantIds(query.judgments).filter((id) => !known.has(id));
  });
  const texts = missing.length === 0 ? undefined : await findTexts?.(new Set(missing), signal);
  return found.map(({ outcome, query, candidates, after }) => {
    const before = candidates.map(({ id }) => id);
    const show = (id: string): ShownPassage => ({
      id,
      text: beginning(textOf(id, candidates) ?? texts?.get(id)),
      grade: query.judgments.get(id) ?? null,
      rankBefore: rankIn(before, id),
      rankAfter: rankIn(after, id),
    });
    const relevant = relevantIds(query.judgments);
    return {
      query: query.id,
      text: query.text,
      stage1: outcome.stage1,
      advised: outcome.advised,
      before: before.slice(0, shownOnTop).map(show),
      after: after.slice(0, shownOnTop).map(show),
      judged: relevant.slice(0, shownJudged).map(show),
      judgedLeftOut: Math.max(0, relevant.length - shownJudged),
    };
  });
}

function relevantIds(judgments: ReadonlyMap<string, number>): readonly string[] {
  return [...judgments]
    .filter(([, grade]) => grade > 0)
    .sort((a, b) => b[1] - a[1])
    .map(([id]) => id);
}

function rankIn(order: readonly string[], id: string): number | null {
  const place = order.indexOf(id);
  return place === -1 ? null : place + 1;
}

function textOf(id: string, candidates: readonly Candidate[]): string | undefined {
  return candidates.find((candidate) => candidate.id === id)?.text;
}

function beginning(text: string | undefined): string | null {
  if (text === undefined) return null;
  const flat = text.replace(/\s+/g, ' ').trim();
  return flat.length <= shownCharacters
    ? flat
    : `${flat.slice(0, shownCharacters).toWellFormed().trimEnd()}…`;
}
