/**
 * A cascade beside its larger model alone: nDCG@10 and time on the same candidates.
 *
 *     node bench/cascade.ts --data FOLDER_OF_COLLECTIONS [--earlier nano] [--later small] [--best 20] [--certainty 0]
 *                           [--calibrate pubmedqa] [--queries 40] [--depth 100] [--rounds 3] [--json FILE]
 *
 * `--earlier` and `--later` are names of bundled models or directories of any reranker. The exit is calibrated on the
 * scores of `--calibrate`, a collection that is not measured (no judgments are used); with `--certainty 0` the timed cascade
 * has none.
 *
 * First both models read all lists: from these scores every setting of a grid is played, which takes no time. Then the
 * chosen setting and the larger model alone are timed in turns, `--rounds` times each; the shortest of each query counts.
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadBiEncoder, loadCrossEncoder, type Reranker } from '@secondpass/core';
import { calibrateCascade, cascadeReranker, type EarlyExit } from '@secondpass/core/rerankers';
import { loadLateInteraction, loadPolyEncoder } from '@secondpass/late-interaction';
import { modelDirectory } from '@secondpass/models';
import { readRerankerKind } from '../packages/cli/src/local-models/reranker-kind.ts';
import { rankedIds } from './cascade/ranked-ids.ts';
import { type ScoredList, scoredLists } from './cascade/scored-lists.ts';
import { playSetting, settingsOf } from './cascade/settings-grid.ts';
import { describeMachine } from './machine.ts';
import { readCollection } from './precision/collection.ts';
import { mean, ndcgAt10 } from './precision/order-agreement.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    collections: { type: 'string', default: 'cacm,cisi,cranfield,vaswani_npl,squad_dev' },
    earlier: { type: 'string', default: 'nano' },
    later: { type: 'string', default: 'small' },
    best: { type: 'string', default: '20' },
    certainty: { type: 'string', default: '0' },
    step: { type: 'string', default: '16' },
    calibrate: { type: 'string', default: 'pubmedqa' },
    'calibration-queries': { type: 'string', default: '200' },
    queries: { type: 'string', default: '40' },
    depth: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'string' },
  },
});
if (!values.data) throw new Error(`--data names a folder of collections: ${values.collections}.`);
const data = values.data;
const present = new Set(readdirSync(data));
const names = values.collections.split(',').filter((name) => present.has(name));
const depth = Number(values.depth);
const best = Number(values.best);

const embedder = await loadBiEncoder(modelDirectory('bi-encoder'));
const models = { earlier: await open(values.earlier), later: await open(values.later) };
const read = async (name: string, queries: string) =>
  scoredLists(await readCollection(join(data, name), Number(queries)), { embedder, depth, models });

const exits = await calibrated();
const exit = exits.get(Number(values.certainty));
// A machine with other work must not turn a measurement into a failure.
const timeoutMs = 600_000;
const cascade = cascadeReranker({
  stages: [
    { reranker: models.earlier, timeoutMs },
    { reranker: models.later, best, timeoutMs, ...(exit && { exit }) },
  ],
});

const rows: ({ collection: string; queries: number } & Awaited<ReturnType<typeof compare>>)[] = [];
const all: (readonly ScoredList[])[] = [];
for (const name of names) {
  const lists = await read(name, values.queries);
  all.push(lists);
  const row = { collection: name, queries: lists.length, ...(await compare(lists)) };
  rows.push(row);
  process.stdout.write(`${JSON.stringify(row)}\n`);
}
const sum = (key: 'aloneMs' | 'cascadeMs' | 'earlierMs') => rows.reduce((total, row) => total + row[key], 0);
const average = {
  ndcg: {
    alone: mean(rows.map(({ ndcg }) => ndcg.alone)),
    cascade: mean(rows.map(({ ndcg }) => ndcg.cascade)),
  },
  timesAsFast: sum('aloneMs') / sum('cascadeMs'),
  smallestTimesAsFast: Math.min(...rows.map(({ aloneMs, cascadeMs }) => aloneMs / cascadeMs)),
  read: mean(rows.map(({ read }) => read)),
};
process.stdout.write(`${JSON.stringify(average)}\n`);
const grid = [];
for (const { certainty, ...setting } of settingsOf(exits)) {
  const perCollection = await Promise.all(all.map((lists) => playSetting(lists, setting)));
  const averageOf = (key: 'ndcg' | 'read' | 'found') => mean(perCollection.map((one) => one[key]));
  const line = {
    best: setting.best ?? null,
    certainty,
    ndcg: averageOf('ndcg'),
    read: averageOf('read'),
    found: averageOf('found'),
  };
  grid.push(line);
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
const outcome = {
  machine: describeMachine(),
  models: [models.earlier.name, models.later.name],
  setting: {
    best,
    certainty: Number(values.certainty) || null,
    exit: exit ?? null,
    calibratedOn: values.calibrate,
    depth,
  },
  rows,
  average,
  grid,
};
if (values.json) writeFileSync(values.json, `${JSON.stringify(outcome, null, 2)}\n`);
await Promise.all([embedder.close(), cascade.close?.()]);

async function open(model: string): Promise<Reranker> {
  const bundled = readdirSync(join(modelDirectory('small'), '..'));
  const directory = bundled.includes(model) ? join(modelDirectory('small'), '..', model) : model;
  const load = {
    'cross-encoder': loadCrossEncoder,
    'late-interaction': loadLateInteraction,
    'poly-encoder': loadPolyEncoder,
  };
  return load[await readRerankerKind(directory)](directory, { name: basename(directory) });
}

/** The exits of several certainties, the chosen one among them. */
async function calibrated(): Promise<ReadonlyMap<number, EarlyExit>> {
  const lists = await read(values.calibrate, values['calibration-queries']);
  const queries = lists.map(({ earlier, later }) =>
    earlier.map((score, index) => ({ earlier: score, later: later[index]! })),
  );
  const certainties = new Set([0.8, 0.9, 0.95, Number(values.certainty)].filter((share) => share > 0));
  return new Map(
    [...certainties].map((certainty) => [
      certainty,
      calibrateCascade({ queries, topK: 10, certainty, step: Number(values.step) }),
    ]),
  );
}

type Way = 'alone' | 'cascade' | 'earlier';

async function compare(lists: readonly ScoredList[]) {
  const perQuery: {
    times: Record<Way, number>;
    ndcg: Record<Way, number>;
    readByLater: number;
    stage1: number;
  }[] = [];
  for (const { query, ids, texts, gains } of lists) {
    const times = {
      alone: Number.POSITIVE_INFINITY,
      cascade: Number.POSITIVE_INFINITY,
      earlier: Number.POSITIVE_INFINITY,
    };
    const ndcg = { alone: 0, cascade: 0, earlier: 0 };
    let readByLater = 0;
    for (let round = 0; round < Number(values.rounds); round += 1) {
      for (const [way, reranker] of [
        ['alone', models.later],
        ['cascade', cascade],
        ['earlier', models.earlier],
      ] as const) {
        const started = performance.now();
        const scores = await reranker.score({ query, passages: texts });
        times[way] = Math.min(times[way], performance.now() - started);
        ndcg[way] = ndcgAt10(rankedIds(ids, scores), gains);
        if (way === 'cascade')
          readByLater = scores.filter(({ cascadeStage }) => cascadeStage === 1).length / ids.length;
      }
    }
    perQuery.push({ times, ndcg, readByLater, stage1: ndcgAt10(ids, gains) });
  }
  const averageOf = (of: (one: (typeof perQuery)[number]) => number) => mean(perQuery.map(of));
  return {
    ndcg: {
      stage1: averageOf(({ stage1 }) => stage1),
      earlier: averageOf(({ ndcg }) => ndcg.earlier),
      alone: averageOf(({ ndcg }) => ndcg.alone),
      cascade: averageOf(({ ndcg }) => ndcg.cascade),
    },
    earlierMs: averageOf(({ times }) => times.earlier),
    aloneMs: averageOf(({ times }) => times.alone),
    cascadeMs: averageOf(({ times }) => times.cascade),
    read: averageOf(({ readByLater }) => readByLater),
  };
}
