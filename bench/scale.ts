/**
 * How both stages grow from 10,000 to a million passages: fills a table or an index of each layout through `indexDocuments`
 * (the process is killed on its way, and another goes on), and measures rate, size, recall against exact search, latency and
 * processor time of stage 1 alone and of both stages. Build first: `tsc -b`. PostgreSQL is a container of PGVECTOR_IMAGE,
 * Elasticsearch a node that `integration/services/elastic/install.sh` has built. Rows are merged into bench/results/DATE-scale.json.
 *
 *     node bench/scale.ts [--layouts pgvector-halfvec,elastic-int8] [--sizes 10000,1000000] [--model small] [--json FILE]
 *         [--seconds 20]  for each load of stage 1; twice as many for each of both stages
 *         [--stage1-only] leave both stages out: what stage 2 costs does not depend on the layout
 *         [--keep]        leave the tables for another run
 *         [--fill-only]   fill the tables, leave them, and search none
 *         [--reuse]       search the tables that --keep or --fill-only left, and fill none
 *         [--store NAME]  where the data lie; with another name two runs can go on at once
 *         [--report]      measure nothing; write the table and the chart of docs/scale.md from the file
 */

import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadCrossEncoder } from '@secondpass/core';
import { modelDirectory } from '@secondpass/models';
import { MadeUpTexts } from './cross-encoder/made-up-texts.ts';
import { describeMachine } from './machine.ts';
import { startElasticServer } from './scale/elastic-server.ts';
import { exactLists } from './scale/exact-lists.ts';
import { type Filling, fill } from './scale/fill.ts';
import { layouts } from './scale/layouts.ts';
import { madeUpEmbedder } from './scale/made-up-embedder.ts';
import { madeUpQueries } from './scale/made-up-passages.ts';
import { measureTable } from './scale/measure-table.ts';
import { startPostgres } from './scale/postgres-server.ts';
import { mergeRow, readResult } from './scale/result-file.ts';
import { writeScalePage } from './scale/scale-page.ts';
import type { ScaleServer } from './scale/server.ts';

const { values: flags } = parseArgs({
  options: {
    layouts: {
      type: 'string',
      default: 'pgvector-vector,pgvector-halfvec,pgvector-binary,elastic-int8,elastic-bbq',
    },
    sizes: { type: 'string', default: '10000,100000,1000000' },
    model: { type: 'string', default: 'small' },
    json: { type: 'string' },
    seconds: { type: 'string', default: '20' },
    keep: { type: 'boolean', default: false },
    reuse: { type: 'boolean', default: false },
    'stage1-only': { type: 'boolean', default: false },
    'fill-only': { type: 'boolean', default: false },
    store: { type: 'string', default: 'secondpass-bench-scale' },
    report: { type: 'boolean', default: false },
  },
});
const today = new Date().toISOString().slice(0, 10);
const file = flags.json ?? fileURLToPath(new URL(`./results/${today}-scale.json`, import.meta.url));
const sizes = flags.sizes.split(',').map(Number);
const directory = modelDirectory(flags.model as Parameters<typeof modelDirectory>[0]);
if (flags.report) {
  writeScalePage(readResult(file));
  process.exit();
}
const texts = await MadeUpTexts.open(modelDirectory('small'));
const queries = madeUpQueries(1000, texts);
const embedder = madeUpEmbedder();
const isFilling = !flags.reuse;
const isSearching = !flags['fill-only'];
const isKept = flags.keep || flags.reuse || flags['fill-only'];
const exact = isSearching
  ? await exactLists({ texts, embedder, queries: queries.slice(0, 100), sizes })
  : undefined;
const reranker = isSearching && !flags['stage1-only'] ? await loadCrossEncoder(directory) : undefined;
const seconds = Number(flags.seconds);

for (const name of flags.layouts.split(',')) {
  const layout = layouts[name];
  if (!layout) throw new Error(`There is no layout ${name}; there are ${Object.keys(layouts).join(', ')}.`);
  const start = layout.engine === 'pgvector' ? startPostgres : startElasticServer;
  const server = await start({ store: flags.store, keep: isKept });
  try {
    for (const passages of sizes) {
      const table = `secondpass_scale_${name.replaceAll('-', '_')}_${passages}`;
      const filling = isFilling ? await fillTable(server, name, table, passages) : undefined;
      const bytes = await server.bytesOf(table);
      const row = { layout: name, passages, engine: server.name, bytes, ...(filling && { filling }) };
      // What took longest is kept even if what follows fails.
      mergeRow(file, row);
      if (exact) {
        say(`${name}, ${passages}: searching …`);
        const measured = await measureTable({
          ...{ server, layout, table, embedder, reranker, queries, exact: exact.get(passages)! },
          seconds: { stage1: seconds, both: seconds * 2 },
        });
        mergeRow(file, {
          ...row,
          ...(reranker && { model: flags.model }),
          machine: describeMachine(),
          measured: today,
          ...measured,
        });
      }
      if (!isKept) await server.drop(table);
    }
  } finally {
    await server.stop();
  }
}
await reranker?.close?.();

async function fillTable(
  server: ScaleServer,
  layout: string,
  table: string,
  passages: number,
): Promise<Filling> {
  say(`${layout}, ${passages}: filling …`);
  let told = 0;
  return fill({
    ...{ server, layout, table, passages },
    onProgress: ({ done, unchanged, seconds: lasted }) => {
      if (done < told + passages / 20) return;
      told = done;
      say(`${layout}: ${done} of ${passages}, ${unchanged} unchanged, ${lasted.toFixed(0)} s`);
    },
  });
}

function say(text: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
}
