/**
 * What a lower precision costs in order: the same candidates scored by the same model at two precisions.
 *
 *     node bench/precision.ts --data FOLDER_OF_COLLECTIONS [--model DIR] [--other DIR] [--precisions fp32,int8]
 *                             [--queries 100] [--depth 100] [--json FILE]
 *
 * Rows per collection: nDCG@10 of stage 1 and at both precisions, Kendall's tau between the two, the largest
 * difference of a score, and the time of each.
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type CrossEncoder, loadBiEncoder, loadCrossEncoder, type Precision } from '@secondpass/core';
import { modelDirectory } from '@secondpass/models';
import { describeMachine } from './machine.ts';
import { candidateLists } from './precision/candidate-lists.ts';
import { type Collection, readCollection } from './precision/collection.ts';
import { kendallTau, mean, ndcgAt10 } from './precision/order-agreement.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    collections: { type: 'string', default: 'cacm,cisi,cranfield,vaswani_npl,squad_dev' },
    model: { type: 'string', default: modelDirectory('small') },
    other: { type: 'string' },
    precisions: { type: 'string', default: 'fp32,int8' },
    queries: { type: 'string', default: '100' },
    depth: { type: 'string', default: '100' },
    json: { type: 'string' },
  },
});
if (!values.data) throw new Error(`--data names a folder of collections: ${values.collections}.`);
const data = values.data;
const present = new Set(readdirSync(data));
const names = values.collections.split(',').filter((name) => present.has(name));
const [first, second] = values.precisions.split(',') as [Precision, Precision];

const embedder = await loadBiEncoder(modelDirectory('bi-encoder'));
const models = [
  await loadCrossEncoder(values.model, { precision: first }),
  await loadCrossEncoder(values.other ?? values.model, { precision: second }),
] as const;

const rows = [];
for (const name of names) {
  const collection = await readCollection(join(data, name), Number(values.queries));
  const lists = await candidateLists(collection, embedder, Number(values.depth));
  const row = { collection: name, queries: lists.length, ...(await compare(collection, lists, models)) };
  rows.push(row);
  process.stdout.write(`${JSON.stringify(row)}\n`);
}
const average = {
  [first]: mean(rows.map((row) => row.ndcg[0])),
  [second]: mean(rows.map((row) => row.ndcg[1])),
};
const outcome = {
  machine: describeMachine(),
  model: models[0].name,
  precisions: [first, second],
  rows,
  average,
};
process.stdout.write(`${JSON.stringify(average)}\n`);
if (values.json) writeFileSync(values.json, `${JSON.stringify(outcome, null, 2)}\n`);
await Promise.all([embedder.close(), ...models.map((model) => model.close())]);

async function compare(
  { queries, passages, gains }: Collection,
  lists: readonly number[][],
  [a, b]: readonly [CrossEncoder, CrossEncoder],
) {
  const perQuery: {
    stage1: number;
    a: number;
    b: number;
    tau: number;
    difference: number;
    millisecondsOfA: number;
    millisecondsOfB: number;
  }[] = [];
  for (const [position, list] of lists.entries()) {
    const query = queries[position]!;
    const texts = list.map((index) => passages[index]!.text);
    const ids = list.map((index) => passages[index]!.id);
    const judged = gains.get(query.id)!;
    const [scoresOfA, millisecondsOfA] = await timedScores(a, query.text, texts);
    const [scoresOfB, millisecondsOfB] = await timedScores(b, query.text, texts);
    perQuery.push({
      stage1: ndcgAt10(ids, judged),
      a: ndcgAt10(byScore(ids, scoresOfA), judged),
      b: ndcgAt10(byScore(ids, scoresOfB), judged),
      tau: kendallTau(scoresOfA, scoresOfB),
      difference: Math.max(...scoresOfA.map((score, index) => Math.abs(score - scoresOfB[index]!))),
      millisecondsOfA,
      millisecondsOfB,
    });
  }
  const averageOf = (key: keyof (typeof perQuery)[number]) => mean(perQuery.map((one) => one[key]));
  return {
    stage1: averageOf('stage1'),
    ndcg: [averageOf('a'), averageOf('b')] as const,
    kendallTau: averageOf('tau'),
    largestDifference: Math.max(...perQuery.map(({ difference }) => difference)),
    meanMs: [averageOf('millisecondsOfA'), averageOf('millisecondsOfB')] as const,
  };
}

async function timedScores(
  model: CrossEncoder,
  query: string,
  passages: string[],
): Promise<[number[], number]> {
  const started = performance.now();
  const scores = await model.score({ query, passages });
  return [scores.map(({ rawScore }) => rawScore), performance.now() - started];
}

function byScore(ids: readonly string[], scores: readonly number[]): string[] {
  const order = ids.map((_, index) => index).sort((x, y) => scores[y]! - scores[x]! || x - y);
  return order.map((index) => ids[index]!);
}
