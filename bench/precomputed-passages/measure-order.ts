import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { loadBiEncoder, loadCrossEncoder, type Reranker } from '@secondpass/core';
import { modelDirectory } from '@secondpass/models';
import { loadPrecomputedCrossEncoder, PrecomputedPassages } from '@secondpass/precomputed-passages';
import { candidateLists } from '../precision/candidate-lists.ts';
import { readCollection } from '../precision/collection.ts';
import { kendallTau, mean, ndcgAt10 } from '../precision/order-agreement.ts';
import { rankedIds } from '../precision/ranked-ids.ts';

interface OrderRequest {
  readonly model: string;
  readonly scratch: string;
  readonly folders: readonly string[];
  readonly queries: number;
  readonly depth: number;
}

/** Each with the whole model that it is compared with. */
const contenders = [
  { precision: 'fp32', statePrecision: 'float16' },
  { precision: 'fp32', statePrecision: 'int8' },
  { precision: 'int8', statePrecision: 'float16' },
  { precision: 'int8', statePrecision: 'int8' },
] as const;

/** nDCG@10 of the best candidates of stage 1, by the whole model and by states of each precision. */
export async function measureOrder({ model, scratch, folders, queries, depth }: OrderRequest) {
  const embedder = await loadBiEncoder(modelDirectory('bi-encoder'));
  const rerankers = new Map<string, Reranker>();
  for (const precision of ['fp32', 'int8'] as const) {
    rerankers.set(`whole ${precision}`, await loadCrossEncoder(model, { precision }));
  }
  for (const { precision, statePrecision } of contenders) {
    const store = await PrecomputedPassages.open({ directory: mkdtempSync(join(scratch, 'order-')) });
    const split = await loadPrecomputedCrossEncoder(model, { precision, statePrecision, store });
    rerankers.set(`${precision}, states ${statePrecision}`, split);
  }
  const rows: Awaited<ReturnType<typeof measureCollection>>[] = [];
  for (const folder of folders) {
    const row = await measureCollection(folder, rerankers);
    process.stderr.write(`${JSON.stringify(row)}\n`);
    rows.push(row);
  }
  await Promise.all([embedder.close(), ...[...rerankers.values()].map((reranker) => reranker.close?.())]);
  const averages = ['stage 1', ...rerankers.keys()].map((name) => {
    return [name, mean(rows.map(({ ndcg }) => ndcg[name]!))] as const;
  });
  return { depth, rows, mean: Object.fromEntries(averages) };

  async function measureCollection(folder: string, all: ReadonlyMap<string, Reranker>) {
    const collection = await readCollection(folder, queries);
    const lists = await candidateLists(collection, embedder, depth);
    const ndcg: Record<string, number[]> = { 'stage 1': [] };
    const tau: Record<string, number[]> = {};
    const difference: Record<string, number> = {};
    for (const [position, candidates] of lists.entries()) {
      const { id, text: query } = collection.queries[position]!;
      const gains = collection.gains.get(id)!;
      const passages = candidates.map(({ text }) => text);
      const ranked = candidates.map((candidate) => candidate.id);
      ndcg['stage 1']!.push(ndcgAt10(ranked, gains));
      const scores = new Map<string, number[]>();
      for (const [name, reranker] of all) {
        const answer = await reranker.score({ query, passages });
        const own = answer.map(({ rawScore }) => rawScore);
        scores.set(name, own);
        ndcg[name] = [...(ndcg[name] ?? []), ndcgAt10(rankedIds(candidates, answer), gains)];
        const whole = scores.get(`whole ${name.split(',')[0]}`);
        if (!whole) continue;
        tau[name] = [...(tau[name] ?? []), kendallTau(own, whole)];
        const largest = Math.max(...own.map((score, index) => Math.abs(score - whole[index]!)));
        difference[name] = Math.max(difference[name] ?? 0, largest);
      }
    }
    return {
      collection: collection.name,
      queries: lists.length,
      ndcg: averagesOf(ndcg),
      kendallTau: averagesOf(tau),
      largestDifference: difference,
    };
  }
}

function averagesOf(lists: Readonly<Record<string, readonly number[]>>): Record<string, number> {
  return Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, mean(list)]));
}
