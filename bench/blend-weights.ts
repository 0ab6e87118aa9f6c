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
import {
  type BiEncoder,
  type Candidate,
  loadBiEncoder,
  loadCrossEncoder,
  type Reranker,
} from '@secondpass/core';
import { compareRuns, type MeasuredRun, parseMeasure } from '@secondpass/evaluation';
import { modelDirectory, modelNames } from '@secondpass/models';
import { loadPrecomputedCrossEncoder, PrecomputedPassages } from '@secondpass/precomputed-passages';
import { describeMachine } from './machine.ts';
import { candidateLists } from './precision/candidate-lists.ts';
import { type Collection, collectionsIn, readCollection, usualCollections } from './precision/collection.ts';
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
  const own: Record<string, number> = {};
  for (const name of collectionsIn(data, values.collections)) {
    const row = await measured(await readCollection(join(data, name), Number(values.queries)), embedder, own);
    rows.push(row);
    process.stderr.write(`${JSON.stringify(row)}\n`);
  }
  await embedder.close();
  const outcome = {
    machine: describeMachine(),
    date: new Date().toISOString().slice(0, 10),
    metric: 'nDCG@10',
    precision: 'int8',
    depth: Number(values.depth),
    ownWeights: own,
    rows,
    mean: {
      stage1: mean(rows.map(({ stage1 }) => stage1)),
      ...Object.fromEntries(models.map((model) => [model, meansOf(model)])),
    },
  };
  process.stdout.write(`${JSON.stringify(outcome.mean, null, 2)}\n`);
  if (values.json) writeFileSync(values.json, `${JSON.stringify(outcome, null, 2)}\n`);
} finally {
  rmSync(scratch, { recursive: true });
}

async function measured(
  collection: Collection,
  embedder: BiEncoder,
  own: Record<string, number>,
): Promise<Row> {
  const lists = await candidateLists(collection, embedder, Number(values.depth));
  const gains = collection.queries.map(({ id }) => collection.gains.get(id)!);
  const before = lists.map((candidates, query) =>
    ndcgAt10(
      candidates.map(({ id }) => id),
      gains[query]!,
    ),
  );
  const found: Record<string, AtWeight[]> = {};
  for (const model of models) {
    const reranker = await open(model);
    own[model] = ownWeight(reranker, embedder);
    const after = weights.map((): number[] => []);
    for (const [query, candidates] of lists.entries()) {
      for (const [index, ndcg] of (await qualities(reranker, collection, query, candidates)).entries()) {
        after[index]!.push(ndcg);
      }
    }
    found[model] = await Promise.all(
      weights.map(async (weight, index) => ({
        weight,
        ndcg: mean(after[index]!),
        p: await differenceP(before, after[index]!),
      })),
    );
    await reranker.close?.();
  }
  return { collection: collection.name, queries: lists.length, stage1: mean(before), models: found };
}

/** nDCG@10 of one query's list at each weight. */
async function qualities(
  reranker: Reranker,
  collection: Collection,
  query: number,
  candidates: readonly Candidate[],
): Promise<readonly number[]> {
  const { id, text } = collection.queries[query]!;
  const scores = await reranker.score({ query: text, passages: candidates.map((one) => one.text) });
  return weights.map((weight) =>
    ndcgAt10(rankedIds(candidates, scores, weight || undefined), collection.gains.get(id)!),
  );
}

async function open(name: string): Promise<Reranker> {
  const model = modelNames.find((bundled) => bundled === name);
  if (!model) throw new Error(`--models has ${name}; bundled are ${modelNames.join(', ')}.`);
  if (model !== 'small') return loadCrossEncoder(modelDirectory(model), { precision: 'int8' });
  const store = await PrecomputedPassages.open({ directory: mkdtempSync(join(scratch, 'states-')) });
  const options = { precision: 'int8', statePrecision: 'float16', store } as const;
  return loadPrecomputedCrossEncoder(modelDirectory(model), options);
}

async function differenceP(before: readonly number[], after: readonly number[]): Promise<number> {
  const runOf = (values_: readonly number[]): MeasuredRun => ({
    measures: [parseMeasure('ndcg_cut_10')],
    perQuery: new Map(values_.map((value, index) => [`${index}`, [value]])),
    unjudgedQueries: 0,
  });
  const queries = before.map((_, index) => `${index}`);
  const [compared] = await compareRuns({ baseline: runOf(before), run: runOf(after), queries });
  return compared!.pValue;
}

function meansOf(model: string): readonly Pick<AtWeight, 'weight' | 'ndcg'>[] {
  return weights.map((weight, index) => ({
    weight,
    ndcg: mean(rows.map((row) => row.models[model]![index]!.ndcg)),
  }));
}
