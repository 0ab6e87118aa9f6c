/**
 * What a lower precision costs in order: the same candidates scored by the same model at two precisions.
 *
 *     node bench/precision.ts --data FOLDER_OF_COLLECTIONS [--model DIR] [--other DIR] [--precisions fp32,int8]
 *                             [--queries 100] [--depth 100] [--json FILE]
 *
 * Rows per collection: nDCG@10 of stage 1 and at both precisions, alone and blended with stage 1 as the model states,
 * Kendall's tau between the two, the largest difference of a score, and the time of each.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadBiEncoder, loadCrossEncoder, type Precision } from '@secondpass/core';
import { modelDirectory } from '@secondpass/models';
import { table } from './cross-encoder/report-table.ts';
import { describeMachine } from './machine.ts';
import { candidateLists } from './precision/candidate-lists.ts';
import { collectionsIn, readCollection, usualCollections } from './precision/collection.ts';
import { comparePrecisions, type PrecisionRow } from './precision/compare-precisions.ts';
import { mean } from './precision/order-agreement.ts';
import { ownWeight } from './precision/own-weight.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    collections: { type: 'string', default: usualCollections },
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
const names = collectionsIn(data, values.collections);
const [first, second] = values.precisions.split(',') as [Precision, Precision];

const embedder = await loadBiEncoder(modelDirectory('bi-encoder'));
const models = [
  await loadCrossEncoder(values.model, { precision: first }),
  await loadCrossEncoder(values.other ?? values.model, { precision: second }),
] as const;

// Both stages are the same at both precisions, so their weight is too.
const blend = ownWeight(models[0], embedder);

const rows: PrecisionRow[] = [];
for (const name of names) {
  const collection = await readCollection(join(data, name), Number(values.queries));
  const lists = await candidateLists(collection, embedder, Number(values.depth));
  const row = await comparePrecisions({ collection, lists, models, blend });
  rows.push(row);
  process.stdout.write(`${JSON.stringify(row)}\n`);
}
await Promise.all([embedder.close(), ...models.map((model) => model.close())]);

const averageOf = (read: (row: (typeof rows)[number]) => number) => mean(rows.map(read));
const average: Pick<PrecisionRow, 'stage1' | 'ndcg' | 'blended'> = {
  stage1: averageOf((row) => row.stage1),
  ndcg: [averageOf((row) => row.ndcg[0]), averageOf((row) => row.ndcg[1])],
  blended: [averageOf((row) => row.blended[0]), averageOf((row) => row.blended[1])],
};
const outcome = {
  machine: describeMachine(),
  model: models[0].name,
  precisions: [first, second],
  blend,
  rows,
  average,
};
const shownOf = ({ stage1, ndcg, blended }: typeof average) =>
  [stage1, ...ndcg, ...blended].map((value) => value.toFixed(3));
const shown = table(
  [
    'collection',
    'queries',
    'stage 1',
    first,
    second,
    `${first} blended`,
    `${second} blended`,
    "Kendall's tau",
  ],
  [
    ...rows.map((row) => [row.collection, `${row.queries}`, ...shownOf(row), row.kendallTau.toFixed(3)]),
    ['**mean**', '', ...shownOf(average), averageOf((row) => row.kendallTau).toFixed(3)],
  ],
);
process.stdout.write(`${shown}\n`);
if (values.json) writeFileSync(values.json, `${JSON.stringify(outcome, null, 2)}\n`);
