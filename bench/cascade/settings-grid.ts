import type { BiEncoder, Reranker } from '@secondpass/core';
import { type CascadeStage, cascadeReranker, type EarlyExit } from '@secondpass/core/rerankers';
import { mean, ndcgAt10 } from '../precision/order-agreement.ts';
import { ownWeight } from '../precision/own-weight.ts';
import { rankedIds } from '../precision/ranked-ids.ts';
import { replayed, type ScoredList } from './scored-lists.ts';

/** The settings of the later stage. */
export type Setting = Pick<CascadeStage, 'best' | 'exit'>;

export interface SettingOutcome {
  readonly best: number | null;
  readonly certainty: number | null;
  readonly ndcg: number;
  /** Passages that the later model read, as a share of all. */
  readonly read: number;
  /** Share of the later model's own top 10 that is in the cascade's. */
  readonly found: number;
}

/** What a setting comes to on lists that both models have read in full; no model runs. */
export async function playSetting(
  lists: readonly ScoredList[],
  { best, exit }: Setting,
  { embedder, ...models }: Readonly<Record<'earlier' | 'later', Reranker>> & { readonly embedder: BiEncoder },
): Promise<Omit<SettingOutcome, 'certainty'>> {
  const perQuery: { ndcg: number; read: number; found: number }[] = [];
  for (const { query, candidates, stage1, gains, earlier, later } of lists) {
    const ids = candidates.map(({ id }) => id);
    const byId = (scores: readonly number[]) => new Map(ids.map((id, index) => [id, scores[index]!]));
    const second = replayed(models.later, byId(later));
    const cascade = cascadeReranker({
      stages: [
        { reranker: replayed(models.earlier, byId(earlier)) },
        { reranker: second, ...(best && { best }), ...(exit && { exit }) },
      ],
    });
    const ranked = rankedIds(candidates, await cascade.score({ query, passages: ids, ids, stage1 }));
    const all = await replayed(models.later, byId(later)).score({ query, passages: ids, ids });
    const weight = stage1.blend ?? ownWeight(models.later, embedder);
    const alone = rankedIds(candidates, all, weight);
    const top = new Set(ranked.slice(0, 10));
    perQuery.push({
      ndcg: ndcgAt10(ranked, gains),
      read: second.count / ids.length,
      found: mean(alone.slice(0, 10).map((id) => Number(top.has(id)))),
    });
  }
  const averageOf = (key: keyof (typeof perQuery)[number]) => mean(perQuery.map((one) => one[key]));
  return { best: best ?? null, ndcg: averageOf('ndcg'), read: averageOf('read'), found: averageOf('found') };
}

/** Every combination, the cut alone and the exit alone among them. */
export function settingsOf(
  exits: ReadonlyMap<number, EarlyExit>,
): readonly (Setting & { certainty: number | null })[] {
  const cuts = [10, 15, 20, 25, 30, 40, 50];
  return [
    ...cuts.map((best) => ({ best, certainty: null })),
    ...[...exits].flatMap(([certainty, exit]) => [
      { certainty, exit },
      ...cuts.filter((best) => best > 20).map((best) => ({ best, certainty, exit })),
    ]),
  ];
}
