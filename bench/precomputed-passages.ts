/**
 * What it brings to keep passages' lower states, and what that costs: time beside the whole model, bytes, and order.
 *
 *     node bench/precomputed-passages.ts [--model DIR] [--rounds 15] [--passages 100] [--json FILE]
 *                                        [--data FOLDER_OF_COLLECTIONS [--queries 20] [--depth 100]]
 *
 * Times are of one request at a time, every contender once in each round, in another order each time. Without --data
 * only time and bytes are measured.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { modelDirectory } from '@secondpass/models';
import { describeMachine } from './machine.ts';
import { collectionsIn, usualCollections } from './precision/collection.ts';
import { measureOrder } from './precomputed-passages/measure-order.ts';
import { measureTime } from './precomputed-passages/measure-time.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: modelDirectory('small') },
    rounds: { type: 'string', default: '15' },
    passages: { type: 'string', default: '100' },
    data: { type: 'string' },
    collections: { type: 'string', default: usualCollections },
    queries: { type: 'string', default: '20' },
    depth: { type: 'string', default: '100' },
    json: { type: 'string' },
  },
});

const { model } = values;
const scratch = mkdtempSync(join(tmpdir(), 'precomputed-passages-'));
try {
  const rounds = Number(values.rounds);
  const time =
    rounds > 0 ? await measureTime({ model, scratch, rounds, passages: Number(values.passages) }) : undefined;
  const collections = values.data ? collectionsIn(values.data, values.collections) : [];
  const order =
    collections.length > 0
      ? await measureOrder({
          model,
          scratch,
          folders: collections.map((name) => join(values.data!, name)),
          queries: Number(values.queries),
          depth: Number(values.depth),
        })
      : undefined;
  const outcome = { machine: describeMachine(), date: new Date().toISOString().slice(0, 10), time, order };
  process.stdout.write(`${JSON.stringify(outcome, null, 2)}\n`);
  if (values.json) writeFileSync(values.json, `${JSON.stringify(outcome, null, 2)}\n`);
} finally {
  rmSync(scratch, { recursive: true });
}
