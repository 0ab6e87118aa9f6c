/**
 * A cascade beside its larger model alone: nDCG@10 and time on the same candidates.
 *
 *     node bench/cascade.ts --data FOLDER_OF_COLLECTIONS [--earlier nano] [--later small] [--best 10] [--certainty 0]
 *                           [--calibrate pubmedqa] [--queries 40] [--depth 100] [--rounds 3] [--blend 0] [--json FILE]
 *
 * `--earlier` and `--later` are names of bundled models or directories of any reranker. The exit is calibrated on the
 * scores of `--calibrate`, a collection that is not measured (no judgments are used); with `--certainty 0` the timed cascade
 * has none.
 *
 * The chosen setting and each model alone are timed in turns, `--rounds` times each; the shortest of each query counts.
 * From the scores of both models every setting of a grid is played then, which takes no time. All of it with stage 1 blended
 * as a pipeline does where nothing is stated; `--blend 0` leaves stage 1 out.
 */
import { readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadBiEncoder, loadCrossEncoder, type Reranker } from '@secondpass/core';
import { calibrateCascade, cascadeReranker, type EarlyExit } from '@secondpass/core/rerankers';
import { loadLateInteraction, loadPolyEncoder } from '@secondpass/late-interaction';
import { modelDirectory } from '@secondpass/models';
import { readRerankerKind } from '../packages/cli/src/local-models/reranker-kind.ts';
import { type ScoredList, scoredLists, stage1Of } from './cascade/scored-lists.ts';
import { playSetting, settingsOf } from './cascade/settings-grid.ts';
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
    earlier: { type: 'string', default: 'nano' },
    later: { type: 'string', default: 'small' },
    best: { type: 'string', default: '10' },
    certainty: { type: 'string', default: '0' },
    step: { type: 'string', default: '16' },
    calibrate: { type: 'string', default: 'pubmedqa' },
    'calibration-queries': { type: 'string', default: '200' },
    queries: { type: 'string', default: '40' },
    depth: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '3' },
    blend: { type: 'string' },
    json: { type: 'string' },
  },
});
if (!values.data) throw new Error(`--data names a folder of collections: ${values.collections}.`);
const data = values.data;
const names = collectionsIn(data, values.collections);
const depth = Number(values.depth);
const best = Number(values.best);

const embedder = await loadBiEncoder(modelDirectory('bi-encoder'));
const models = { earlier: await open(values.earlier), later: await open(values.later) };
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

const rows: ({ collection: string; queries: number } & Compared)[] = [];
const all: (readonly ScoredList[])[] = [];
for (const name of names) {
  const collection = await readCollection(join(data, name), Number(values.queries));
  const { lists, ...compared } = await compare(collection);
  all.push(lists);
  const row = { collection: name, queries: lists.length, ...compared };
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
  const perCollection = await Promise.all(
    all.map((lists) => playSetting(lists, setting, { ...models, embedder })),
  );
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
    blend: values.blend === undefined ? 'as the models state' : Number(values.blend),
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
  const collection = await readCollection(
    join(data, values.calibrate),
    Number(values['calibration-queries']),
  );
  const lists = await scoredLists(collection, { embedder, depth, models });
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

interface Compared {
  readonly ndcg: Readonly<Record<Way | 'stage1', number>>;
  readonly earlierMs: number;
  readonly aloneMs: number;
  readonly cascadeMs: number;
  /** Share of the candidates that the later model read in the cascade. */
  readonly read: number;
  /** Of the difference of nDCG@10 from stage 1: paired randomization test, two-sided. */
  readonly pAgainstStage1: Readonly<Record<Way, number>>;
}

async function compare(collection: Collection): Promise<Compared & { lists: readonly ScoredList[] }> {
  const lists: ScoredList[] = [];
  const perQuery: {
    times: Record<Way, number>;
    ndcg: Record<Way, number>;
    readByLater: number;
    stage1: number;
  }[] = [];
  for (const [position, candidates] of (await candidateLists(collection, embedder, depth)).entries()) {
    const { id, text: query } = collection.queries[position]!;
    const gains = collection.gains.get(id)!;
    const passages = candidates.map(({ text }) => text);
    const stage1 = {
      ...stage1Of(candidates, embedder),
      ...(values.blend !== undefined && { blend: Number(values.blend) }),
    };
    const times = {
      alone: Number.POSITIVE_INFINITY,
      cascade: Number.POSITIVE_INFINITY,
      earlier: Number.POSITIVE_INFINITY,
    };
    const ndcg = { alone: 0, cascade: 0, earlier: 0 };
    const raw: Record<Way, readonly number[]> = { alone: [], cascade: [], earlier: [] };
    let readByLater = 0;
    for (let round = 0; round < Number(values.rounds); round += 1) {
      for (const [way, reranker] of [
        ['alone', models.later],
        ['cascade', cascade],
        ['earlier', models.earlier],
      ] as const) {
        const started = performance.now();
        const scores = await reranker.score({ query, passages, stage1 });
        times[way] = Math.min(times[way], performance.now() - started);
        const weight = stage1.blend ?? (ownWeight(reranker, embedder) || undefined);
        ndcg[way] = ndcgAt10(rankedIds(candidates, scores, weight), gains);
        raw[way] = scores.map(({ rawScore }) => rawScore);
        if (way === 'cascade')
          readByLater = scores.filter(({ cascadeStage }) => cascadeStage === 1).length / candidates.length;
      }
    }
    lists.push({ query, candidates, stage1, gains, earlier: raw.earlier, later: raw.alone });
    const order = candidates.map((candidate) => candidate.id);
    perQuery.push({ times, ndcg, readByLater, stage1: ndcgAt10(order, gains) });
  }
  const averageOf = (of: (one: (typeof perQuery)[number]) => number) => mean(perQuery.map(of));
  const before = perQuery.map(({ stage1 }) => stage1);
  const pOf = (way: Way) =>
    differenceP(
      before,
      perQuery.map(({ ndcg }) => ndcg[way]),
    );
  return {
    lists,
    ndcg: {
      stage1: averageOf(({ stage1 }) => stage1),
      earlier: averageOf(({ ndcg }) => ndcg.earlier),
      alone: averageOf(({ ndcg }) => ndcg.alone),
      cascade: averageOf(({ ndcg }) => ndcg.cascade),
    },
    pAgainstStage1: {
      earlier: await pOf('earlier'),
      alone: await pOf('alone'),
      cascade: await pOf('cascade'),
    },
    earlierMs: averageOf(({ times }) => times.earlier),
    aloneMs: averageOf(({ times }) => times.alone),
    cascadeMs: averageOf(({ times }) => times.cascade),
    read: averageOf(({ readByLater }) => readByLater),
  };
}
