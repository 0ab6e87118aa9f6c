import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import {
  compareRuns,
  measureOrder,
  measureQuery,
  measureRun,
  parseMeasure,
  readJudgments,
  readRun,
  sampleQueries,
  trecRunLines,
} from '@secondpass/evaluation';
import {
  addModel,
  openLockedModel,
  parseModelName,
  readHubSettings,
  readLockFile,
  removeModel,
  verifyModels,
} from '@secondpass/hub';
import { storeTokenVectors } from '@secondpass/late-interaction';
import { PrecomputedPassages, precomputePassages } from '@secondpass/precomputed-passages';
import { tune } from '@secondpass/tuning';
import { testEntries } from './test-entries.ts';
import { type Entry, secret } from './try-inputs.ts';

const folder = mkdtempSync(join(tmpdir(), 'secondpass-bad-inputs-'));
afterAll(() => rmSync(folder, { recursive: true }));
const files = () => readdirSync(folder, { recursive: true });

const measures = [parseMeasure('ndcg_cut_10')];
const grades = new Map([
  ['a', 1],
  ['b', 0],
]);
const judgments = new Map([['q', grades]]);
const ranking = [
  { id: 'a', score: 2 },
  { id: 'b', score: 1 },
];
const run = await measureRun([{ query: 'q', ranking }], judgments, measures);
const lines = (text: string) => text.split('\n').map((one, index) => ({ number: index + 1, text: one }));
const drained = async <T>(items: AsyncIterable<T>) => {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
};
const settings = { ...(await readHubSettings({ HF_HOME: folder })), offline: true, token: secret };
const hub = { lockFile: join(folder, 'secondpass.lock.json'), settings };
/** Offline and with nothing cached, every name that can be one is not found. */
const absent = async (work: Promise<unknown>) =>
  work.catch((error: { code?: unknown }) => {
    if (error.code !== 'model-not-found') throw error;
  });
const store = await PrecomputedPassages.open({ directory: join(folder, 'passages') });
afterAll(() => store.close());
const encoder = { name: 'tokens', encodePassages: async () => [], fingerprint: 'f' };
const candidates = [
  { id: 'a', text: 'A.', score: 1, rank: 1 },
  { id: 'b', text: 'B.', score: 0.5, rank: 2 },
];
/** Of a class of their own for the generator, which leaves them whole: they are made by parseMeasure, and of one kind. */
const whole = <T extends object>(value: T): T => Object.assign(Object.create({}) as T, value);
const judged = Array.from({ length: 10 }, (_, index) => ({
  id: `q${index}`,
  text: 'Why?',
  judgments: grades,
}));
const tuning = {
  queries: judged.map(whole),
  search: async () => candidates,
  scorers: [
    {
      key: 'fixed',
      model: 'fixed',
      precision: null,
      batchInvariant: true,
      reranker: {
        name: 'fixed',
        score: async ({ passages }: { readonly passages: readonly string[] }) =>
          passages.map((_, index) => ({ score: 1 / (index + 1), rawScore: -index, tokensCut: 0 })),
      },
    },
  ],
  depths: [2],
  blends: [0],
  current: { scorer: 'fixed', depth: 2, blend: 0 },
  goal: { maxLoss: 0.1 },
  measure: whole(measures[0]!),
  rounds: 5,
  seed: 1,
  examples: 2,
};

const entries: readonly Entry[] = [
  { name: 'parseMeasure', valid: 'ndcg_cut_10', call: (name) => parseMeasure(name) },
  {
    name: 'measureQuery',
    valid: ranking,
    call: (list) => measureQuery(list, grades, measures),
    isAnswer: Array.isArray,
  },
  {
    name: 'measureQuery: options',
    valid: { relevanceLevel: 1 },
    call: (options) => measureQuery(ranking, grades, measures, options),
    isAnswer: Array.isArray,
  },
  {
    name: 'measureOrder',
    valid: ['a', 'b'],
    call: (ids) => measureOrder(ids, grades, measures),
    isAnswer: Array.isArray,
  },
  {
    name: 'measureRun',
    valid: [{ query: 'q', ranking }],
    call: (rankings) => measureRun(rankings, judgments, measures),
  },
  {
    name: 'compareRuns',
    valid: { baseline: run, run, queries: ['q'], seed: 1, resamples: 100, named: 1 },
    call: (request) => compareRuns(request),
    isAnswer: Array.isArray,
  },
  {
    name: 'sampleQueries',
    valid: ['a', 'b'],
    call: (ids) => sampleQueries(ids, 1, 1),
    isAnswer: Array.isArray,
  },
  {
    name: 'sampleQueries: count',
    valid: 1,
    call: (count) => sampleQueries(['a'], count, 1),
    isAnswer: Array.isArray,
  },
  {
    name: 'sampleQueries: seed',
    valid: 1,
    call: (seed) => sampleQueries(['a'], 1, seed),
    isAnswer: Array.isArray,
  },
  {
    name: 'trecRunLines',
    valid: ranking,
    call: (list) => trecRunLines('q', list, 'run'),
    isAnswer: (answer) => typeof answer === 'string',
  },
  ...['q 0 a 1', 'query\tpassage\tgrade\nq\ta\t1'].map(
    (text, form): Entry => ({
      name: `readJudgments: form ${form + 1}`,
      valid: lines(text),
      call: (given) => readJudgments(given, 'qrels'),
      more: badLines(text),
    }),
  ),
  {
    name: 'readRun',
    valid: lines('q Q0 a 1 2.5 run\nq Q0 b 2 1.5 run'),
    call: (given) => drained(readRun(given, 'run')),
    isAnswer: Array.isArray,
    more: badLines('q Q0 a 1 2.5 run\nq Q0 b 2 1.5 run'),
  },
  { name: 'parseModelName', valid: 'organization/name@main', call: (name) => parseModelName(name) },
  {
    name: 'readHubSettings',
    valid: {
      HF_ENDPOINT: 'https://hub.example',
      HF_HOME: folder,
      HF_TOKEN: secret,
      HTTPS_PROXY: `http://me:${secret}@proxy:1`,
      HF_HUB_OFFLINE: '1',
      HF_HUB_DOWNLOAD_TIMEOUT: '5',
    },
    call: (environment) => readHubSettings(environment),
  },
  { name: 'addModel', valid: 'organization/name', call: (name) => absent(addModel(name, hub)), state: files },
  {
    name: 'addModel: options',
    valid: { precision: 'int8', include: ['a.json'] },
    call: (options: object) => absent(addModel('organization/name', { ...hub, ...options })),
  },
  {
    name: 'removeModel',
    valid: 'organization/name',
    call: (name) => absent(removeModel(name, hub)),
    state: files,
  },
  {
    name: 'verifyModels',
    valid: 'organization/name',
    call: (name) => absent(verifyModels(name, hub)),
    state: files,
  },
  {
    name: 'openLockedModel',
    valid: 'organization/name',
    call: (name) => absent(openLockedModel(name, hub)),
    state: files,
  },
  { name: 'readLockFile', valid: hub.lockFile, call: (file) => readLockFile(file) },
  {
    name: 'PrecomputedPassages.open',
    each: 3,
    // Each that is taken starts a thread, so that the folder, which any word would be, stays.
    valid: { maxBytes: 2 ** 24, name: 'mine' },
    call: async (options: object) => {
      const directory = join(folder, 'passages');
      await (await PrecomputedPassages.open({ directory, ...options })).close();
    },
  },
  { name: 'PrecomputedPassages.get', valid: ['a'.repeat(64)], call: (digests) => store.get(digests) },
  {
    name: 'PrecomputedPassages.put',
    valid: [{ digest: 'a'.repeat(64), bytes: Uint8Array.of(1) }],
    call: (stored) => store.put(stored),
  },
  {
    name: 'precomputePassages',
    valid: {
      crossEncoder: { name: 'c', precompute: async () => 0 },
      documents: [{ id: 'a', text: `A ${secret}.` }],
      batchSize: 2,
    },
    call: (request) => precomputePassages(request),
  },
  {
    name: 'storeTokenVectors',
    valid: {
      encoder,
      store: { name: 's', digests: async () => new Map([['a', 'd']]), put: async () => undefined },
      documents: [],
      batchSize: 2,
      precision: 'int8',
    },
    call: (request) => storeTokenVectors(request),
  },
  {
    name: 'tune: a query',
    each: 2,
    valid: judged[0],
    call: (query) => tune({ ...tuning, queries: [query, ...judged.slice(1), judged[0]!] } as never),
  },
  { name: 'tune', valid: tuning, call: (request) => tune(request), each: 5 },
];

/** One word of a file's lines at a time is another, absent, or there twice. */
function* badLines(text: string) {
  const odd = [
    '',
    ' ',
    '\0',
    '\uD800',
    '-1',
    '1.5',
    'NaN',
    'Infinity',
    '99999999999999999999',
    '1e400',
    '"',
    'a\tb',
    '__proto__',
    '\uFEFF',
    'x'.repeat(100_000),
  ];
  const words = text.split(/([ \t\n])/);
  for (const [index] of words.entries()) {
    for (const one of [...odd, `${words[index]} ${words[index]}`]) {
      yield { change: `word ${index} is ${one.slice(0, 10)}`, input: lines(words.with(index, one).join('')) };
    }
  }
}

testEntries('evaluation, tuning, models', entries);
