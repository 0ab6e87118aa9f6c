/**
 * What the bundled rerankers make of lists that a search by words gave: `secondpass eval` over runs in TREC's form.
 *
 *     node bench/lexical-lists.ts --data FOLDER_OF_COLLECTIONS --runs FOLDER [--queries 150] [--depth 100] [--json FILE]
 *
 * `--runs` has a file COLLECTION.run for each collection, for instance by `training/bm25_run.py`. Rows: nDCG@10 of the run
 * and of each model, how many queries got better and worse, and the p-value of a paired randomization test.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { table } from './cross-encoder/report-table.ts';
import { describeMachine } from './machine.ts';
import { collectionsIn, usualCollections } from './precision/collection.ts';
import { mean } from './precision/order-agreement.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    runs: { type: 'string' },
    collections: { type: 'string', default: usualCollections },
    models: { type: 'string', default: 'small,nano' },
    queries: { type: 'string', default: '150' },
    depth: { type: 'string', default: '100' },
    json: { type: 'string' },
  },
});
const { data, runs } = values;
if (!data || !runs)
  throw new Error(`--data names a folder of ${values.collections}, --runs one of their runs.`);
const models = values.models.split(',');
const command = fileURLToPath(new URL('../packages/cli/bin/secondpass.js', import.meta.url));

interface Evaluated {
  readonly ndcg: number;
  readonly wins: number;
  readonly losses: number;
  readonly p: number;
}

interface Row {
  readonly collection: string;
  readonly queries: number;
  readonly stage1: number;
  readonly models: Readonly<Record<string, Evaluated>>;
}

const scratch = mkdtempSync(join(tmpdir(), 'lexical-lists-'));
const rows: Row[] = [];
try {
  for (const collection of collectionsIn(data, values.collections)) {
    const row = await measured(collection, resolve(data, collection));
    rows.push(row);
    process.stderr.write(`${JSON.stringify(row)}\n`);
  }
} finally {
  rmSync(scratch, { recursive: true });
}

const means = {
  stage1: mean(rows.map((row) => row.stage1)),
  models: Object.fromEntries(
    models.map((model) => [model, mean(rows.map((row) => row.models[model]!.ndcg))] as const),
  ),
};
const shown = (value: number) => value.toFixed(3);
process.stdout.write(
  `${table(
    ['collection', 'queries', 'stage 1', ...models.flatMap((model) => [model, 'better / worse', 'p'])],
    [
      ...rows.map((row) => [
        row.collection,
        `${row.queries}`,
        shown(row.stage1),
        ...models.flatMap((model) => {
          const { ndcg, wins, losses, p } = row.models[model]!;
          return [shown(ndcg), `${wins} / ${losses}`, p.toFixed(4)];
        }),
      ]),
      [
        '**mean**',
        '',
        shown(means.stage1),
        ...models.flatMap((model) => [shown(means.models[model]!), '', '']),
      ],
    ],
  )}\n`,
);
const outcome = { machine: describeMachine(), depth: Number(values.depth), rows, means };
if (values.json) writeFileSync(values.json, `${JSON.stringify(outcome, null, 2)}\n`);

async function measured(collection: string, folder: string): Promise<Row> {
  const evaluated: Record<string, Evaluated> = {};
  let [queries, stage1] = [0, 0];
  for (const model of models) {
    const config = join(scratch, 'secondpass.config.json');
    const source = { adapter: 'run', file: resolve(runs!, `${collection}.run`), collection: folder };
    const settings = { source, reranker: { model }, depth: Number(values.depth), timeoutMs: 300_000 };
    writeFileSync(config, JSON.stringify(settings));
    const report = JSON.parse(
      (
        await promisify(execFile)(
          process.execPath,
          [
            command,
            'eval',
            ...['--config', config, '--collection', folder, '--measures', 'ndcg_cut_10'],
            ...['--queries', values.queries, '--json'],
          ],
          { maxBuffer: 64 * 1024 * 1024 },
        )
      ).stdout,
    );
    const [before, after] = report.runs;
    const compared = report.comparisons[0].measures.ndcg_cut_10;
    queries = report.queries.counted;
    stage1 = before.means.ndcg_cut_10;
    evaluated[model] = {
      ndcg: after.means.ndcg_cut_10,
      wins: compared.wins,
      losses: compared.losses,
      p: compared.pValue,
    };
  }
  return { collection, queries, stage1, models: evaluated };
}
