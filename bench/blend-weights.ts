/**
 * What the weight of stage 1 does to the order: nDCG@10 behind the bundled bi-encoder's exact cosine, by each bundled reranker
 * in int8, at several weights.
 *
 *     node bench/blend-weights.ts --data FOLDER_OF_COLLECTIONS [--collections cacm,…] [--models small,nano] [--queries 300]
 *                                 [--depth 100] [--weights 0,0.05,…,0.5] [--json FILE]
 *
 * `small` reads each passage once and keeps what its layers make of it, in float16 (`@secondpass/precomputed-passages`): the
 * orders are nearly those of whole pairs. p is of the difference from stage 1: paired randomization test, two-sided.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadBiEncoder, loadCrossEncoder, type Reranker } from '@secondpass/core';
import { modelDirectory, modelNames } from '@secondpass/models';
import { loadPrecomputedCrossEncoder, PrecomputedPassages } from '@secondpass/precomputed-passages';
import { describeMachine } from './machine.ts';
import { candidateLists } from './precision/candidate-lists.ts';
import { type Collection, collectionsIn, readCollection, usualCollections } from './precision/collection.ts';
import { differenceP } from './precision/difference-p.ts';
import { mean, ndcgAt10 } from './precision/order-agreement.ts';
import { ownWeight } from './precision/own-weight.ts';
import { rankedIds } from './precision/ranked-ids.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    collections: { type: 'string', default: usualCollections },
    models: { type: 'string', default: 'small,nano' },
    queries: { type: 'string', default: '300' },
    depth: { type: 'string', default: '100' },
    weights: { type: 'string', default: '0,0.05,0.1,0.15,0.2,0.25,0.3,0.35,0.4,0.45,0.5' },
    json: { type: 'string' },
  },
});
if (!values.data) throw new Error(`--data names a folder of collections: ${values.collections}.`);
const data = values.data;
const weights = values.weights.split(',').map(Number);
const models = values.models.split(',');

interface AtWeight {
  readonly weight: number;
  readonly ndcg: number;
  readonly p: number;
}

interface Row {
  readonly collection: string;
  readonly queries: number;
  readonly stage1: number;
  readonly models: Readonly<Record<string, readonly AtWeight[]>>;
}

const scratch = mkdtempSync(join(tmpdir(), 'blend-weights-'));
const rows: Row[] = [];
try {
  const embedder = await loadBiEncoder(modelDirectory('bi-encoder'));
  const rerankers = await Promise.all(models.map(open));
  for (const name of collectionsIn(data, values.collections)) {
    const row = await measured(await readCollection(join(data, name), Number(values.queries)));
    rows.push(row);
    process.stderr.write(`${JSON.stringify(row)}\n`);
  }
  const outcome = {
    machine: describeMachine(),
    date: new Date().toISOString().slice(0, 10),
    metric: 'nDCG@10',
    precision: 'int8',
    depth: Number(values.depth),
    ownWeights: Object.fromEntries(
      rerankers.map((reranker, index) => [models[index], ownWeight(reranker, embedder)]),
    ),
    rows,
    mean: {
      stage1: mean(rows.map(({ stage1 }) => stage1)),
      ...Object.fromEntries(models.map((model) => [model, meansOf(model)])),
    },
  };
  process.stdout.write(`${JSON.stringify(outcome.mean, null, 2)}\n`);
  if (values.json) writeFileSync(values.json, `${JSON.stringify(outcome, null, 2)}\n`);
  await Promise.all([embedder, ...rerankers].map((model) => model.close?.()));

  async function measured(collection: Collection): Promise<Row> {
    const { name, queries, gains } = collection;
    const lists = await candidateLists(collection, embedder, Number(values.depth));
    const ndcgOf = (ids: readonly string[], query: number) => ndcgAt10(ids, gains.get(queries[query]!.id)!);
    const before = lists.map((candidates, query) =>
      ndcgOf(
        candidates.map(({ id }) => id),
        query,
      ),
    );
    const found: Record<string, readonly AtWeight[]> = {};
    for (const [index, reranker] of rerankers.entries()) {
      const after = weights.map((): number[] => []);
      for (const [query, candidates] of lists.entries()) {
        const asked = { query: queries[query]!.text, passages: candidates.map(({ text }) => text) };
        const scores = await reranker.score(asked);
        for (const [at, weight] of weights.entries()) {
          after[at]!.push(ndcgOf(rankedIds(candidates, scores, weight), query));
        }
      }
      found[models[index]!] = await Promise.all(
        weights.map(async (weight, at) => ({
          weight,
          ndcg: mean(after[at]!),
          p: await differenceP(before, after[at]!),
        })),
      );
    }
    return { collection: name, queries: lists.length, stage1: mean(before), models: found };
  }
} finally {
  rmSync(scratch, { recursive: true });
}

async function open(name: string): Promise<Reranker> {
  const model = modelNames.find((bundled) => bundled === name);
  if (!model) throw new Error(`--models has ${name}; bundled are ${modelNames.join(', ')}.`);
  if (model !== 'small') return loadCrossEncoder(modelDirectory(model), { precision: 'int8' });
  const store = await PrecomputedPassages.open({ directory: mkdtempSync(join(scratch, 'states-')) });
  const options = { precision: 'int8', statePrecision: 'float16', store } as const;
  return loadPrecomputedCrossEncoder(modelDirectory(model), options);
}

function meansOf(model: string): readonly Pick<AtWeight, 'weight' | 'ndcg'>[] {
  return weights.map((weight, index) => ({
    weight,
    ndcg: mean(rows.map((row) => row.models[model]![index]!.ndcg)),
  }));
}
