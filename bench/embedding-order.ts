/**
 * What int8 costs a bi-encoder in order: the same queries and passages embedded in fp32, in int8, and queries in int8 over
 * passages in fp32, as they are when an index was filled before the change.
 *
 *     node bench/embedding-order.ts --data FOLDER_OF_COLLECTIONS [--model DIR] [--int8 DIR] [--queries 300] [--json FILE] [--docs]
 *
 * Rows per collection: nDCG@10 of each, the share of fp32's 10 and 100 nearest passages that are found, and the
 * cosine between a passage's vectors.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadBiEncoder } from '@secondpass/core';
import { modelDirectory } from '@secondpass/models';
import { table } from './cross-encoder/report-table.ts';
import { writeDocsSection } from './docs-section.ts';
import { compareInOrder, type EmbedderPair, type OrderRow } from './embedding/compare-in-order.ts';
import { describeMachine } from './machine.ts';
import { collectionsIn, readCollection, usualCollections } from './precision/collection.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    collections: { type: 'string', default: usualCollections },
    model: { type: 'string', default: modelDirectory('bi-encoder') },
    int8: { type: 'string' },
    queries: { type: 'string', default: '300' },
    json: { type: 'string' },
    docs: { type: 'boolean', default: false },
  },
});
if (!values.data) throw new Error(`--data names a folder of collections: ${values.collections}.`);
const data = values.data;
const names = collectionsIn(data, values.collections);

const pair: EmbedderPair = {
  fp32: await loadBiEncoder(values.model, { precision: 'fp32' }),
  int8: await loadBiEncoder(values.int8 ?? values.model, { precision: 'int8' }),
};
const rows: OrderRow[] = [];
for (const name of names) {
  const row = await compareInOrder(await readCollection(join(data, name), Number(values.queries)), pair);
  rows.push(row);
  process.stderr.write(`${JSON.stringify(row)}\n`);
}
await Promise.all([pair.fp32.close(), pair.int8.close()]);

const mean = (of: (row: OrderRow) => number) => rows.reduce((sum, row) => sum + of(row), 0) / rows.length;
const share = (value: number) => `${(value * 100).toFixed(1)} %`;
const columns: readonly [string, (row: OrderRow) => number, (value: number) => string][] = [
  ['nDCG@10 fp32', (row) => row.ndcg.fp32, (value) => value.toFixed(4)],
  ['int8', (row) => row.ndcg.int8, (value) => value.toFixed(4)],
  ['int8 queries, fp32 index', (row) => row.ndcg.mixed, (value) => value.toFixed(4)],
  ['10 nearest found, int8', (row) => row.found10.int8, share],
  ['mixed', (row) => row.found10.mixed, share],
  ['100 nearest found, int8', (row) => row.found100.int8, share],
  ['mixed', (row) => row.found100.mixed, share],
];
const shown = table(
  ['collection', 'queries', ...columns.map(([head]) => head), 'p of int8'],
  [
    ...rows.map((row) => [
      row.collection,
      `${row.queries}`,
      ...columns.map(([, read, show]) => show(read(row))),
      row.pValue.toFixed(2),
    ]),
    ['**mean**', '', ...columns.map(([, read, show]) => show(mean(read))), ''],
  ],
);
const outcome = { machine: describeMachine(), model: pair.fp32.name, rows };
process.stdout.write(`${shown}\n`);
if (values.json) writeFileSync(values.json, `${JSON.stringify(outcome, null, 2)}\n`);
if (values.docs) writeDocsSection('embedders.md', 'embedding-order', shown);
