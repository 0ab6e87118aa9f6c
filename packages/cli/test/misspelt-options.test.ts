import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { RetrievalError } from '@secondpass/core';
import { inMemorySource } from '@secondpass/core/testing';
import { openConfiguration } from '../src/entries/config.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Passes an option that no function has. */
const odd = { unknownOption: 1 };

// biome-ignore lint/suspicious/noExplicitAny: what an export takes is what this test finds out.
type Exported = any;
type Call = (exported: Exported) => unknown;
/** Why an export is not called: it takes no options, or what it takes is data. */
type Reason = 'no options' | 'made by a function of this list' | 'an error';

/** Entries for authors of runtimes, adapters and rerankers: parts, whose callers check what users give. */
const forAuthors = [
  '@secondpass/core/extend',
  '@secondpass/core/runtime',
  '@secondpass/runtime-common',
  '@secondpass/runtime-common/thread',
  '@secondpass/runtime-onnx/graph',
  '@secondpass/runtime-onnx/trial',
  '@secondpass/service-client',
];

const query = async () => ({ rows: [] });
const postgres = { client: { query }, table: 'articles' };
const call = async () => ({});
const indices = { create: call, getMapping: call, putMapping: call, putSettings: call, refresh: call };
const elasticClient = { search: call, count: call, mget: call, bulk: call, indices };
const points = { openPointInTime: call, closePointInTime: call };
const elastic = { client: { ...elasticClient, ...points }, index: 'articles' };
const qdrant = { client: { api: () => ({}) }, collection: 'articles' };
const url = 'http://127.0.0.1:9';

const { source, textSource, writer, reader } = inMemorySource();
const reranker = { name: 'none', fingerprint: '1', score: async () => [] };
const retriever = { retrieve: async () => ({ hits: [] }) };
const embedder = { name: 'none', dimensions: 2, embed: async () => [] };
const hub = { lockFile: 'none.json', settings: { cacheDirectory: 'none' } };
const pass = (options: object = {}) => [(exported: Exported) => exported({ ...options, ...odd })] as const;
const only = (options: object = {}): Call => pass(options)[0];
const second =
  (first: unknown, options: object = {}): Call =>
  (exported) =>
    exported(first, { ...options, ...odd });
const construct =
  (options: object): Call =>
  (exported) =>
    new exported({ ...options, ...odd });

const expectations: Readonly<Record<string, Readonly<Record<string, Call | Reason>>>> = {
  '@secondpass/adapter-elastic': {
    elasticFromConfig: only({ url, index: 'articles' }),
    elasticReader: only(elastic),
    elasticSource: only(elastic),
    elasticWriter: only(elastic),
    keepIntegers: 'no options',
  },
  '@secondpass/adapter-pgvector': {
    lockDirectory: 'no options',
    pgvectorFromConfig: only({ memory: true, table: 'articles' }),
    pgvectorReader: only(postgres),
    pgvectorReplicaStates: only({ client: postgres.client, replicas: [] }),
    pgvectorSource: only(postgres),
    pgvectorTextSource: only(postgres),
    pgvectorPassageStates: only(postgres),
    pgvectorPassageStatesFromConfig: only({ url: 'postgres://127.0.0.1:9/none', table: 'states' }),
    pgvectorTokenVectors: only(postgres),
    pgvectorWriter: only(postgres),
  },
  '@secondpass/adapter-qdrant': {
    qdrantFromConfig: only({ url, collection: 'articles' }),
    qdrantReader: only(qdrant),
    qdrantSource: only(qdrant),
    qdrantTokenVectors: only(qdrant),
    qdrantWriter: only(qdrant),
  },
  '@secondpass/ai-sdk': {
    createSecondpass: only(),
    rerankingModel: only({ modelId: 'm', reranker: async () => reranker }),
  },
  '@secondpass/core': {
    BiEncoder: 'made by a function of this list',
    CrossEncoder: 'made by a function of this list',
    RetrievalError: 'an error',
    TwoStageRetriever: construct({ source: textSource, reranker }),
    indexDocuments: only({ documents: [], embedder, writer }),
    loadBiEncoder: second('none'),
    loadCrossEncoder: second('none'),
    migrateDocuments: only({ reader, writer }),
    parseFilter: 'no options',
    rank: (rank) => rank([], [], 1, odd),
  },
  '@secondpass/core/answers': {
    buildContext: second([], { tokenBudget: 100 }),
    checkCitations: (checkCitations) => checkCitations('a', [], odd),
    documentsInMemory: second(reader),
  },
  '@secondpass/core/models': {
    DualEncoder: 'made by a function of this list',
    calibrateBiEncoder: second('none', { texts: [] }),
    calibrateCrossEncoder: second('none', { pairs: [] }),
    inspectModelDirectory: 'no options',
    loadDualEncoder: second({ query: 'none', passage: 'none' }),
    loadPairTokenizer: 'no options',
    quantizeVectors: second([Float32Array.of(1)], { precision: 'binary' }),
    rangesOf: 'no options',
  },
  '@secondpass/core/rerankers': {
    ScoreCache: construct({ maxBytes: 1024 }),
    cachedReranker: second(reranker, { cache: { find: call, count: call, remember: call } }),
    calibrateCascade: only({ queries: [], topK: 1 }),
    cascadeReranker: only({ stages: [{ reranker }, { reranker }] }),
    failoverReranker: only({ rerankers: [{ reranker }] }),
    fairReranker: second(reranker),
  },
  '@secondpass/core/sources': {
    embeddingSource: only({ source, embedder }),
    fuse: (fuse) => fuse([], { method: 'rrf', ...odd }, 1),
    fusedSource: only({ sources: [source, textSource] }),
  },
  '@secondpass/core/testing': {
    candidateSourceContract: 'no options',
    filterMatches: 'no options',
    inMemorySource: only(),
    rerankerContract: 'no options',
    textSourceContract: 'no options',
  },
  '@secondpass/embedder-remote': {
    RemoteEmbedder: 'made by a function of this list',
    embedderFromConfig: only({ dialect: 'tei', url }),
    ollamaEmbedder: only({ url, model: 'm' }),
    openAiEmbedder: only({ url, model: 'm' }),
    teiEmbedder: only({ url }),
  },
  '@secondpass/evaluation': {
    compareRuns: only({
      baseline: { perQuery: new Map(), measures: [] },
      run: { perQuery: new Map(), measures: [] },
      queries: [],
    }),
    meansOf: 'no options',
    measureOrder: (measureOrder) => measureOrder([], new Map(), [], odd),
    measureQuery: (measureQuery) => measureQuery([], new Map(), [], odd),
    measureRun: (measureRun) => measureRun(new Map(), [], [], odd),
    parseMeasure: 'no options',
    percentiles: 'no options',
    readJudgments: 'no options',
    readRun: 'no options',
    sampleQueries: 'no options',
    trecOrder: 'no options',
    trecRunLines: 'no options',
  },
  '@secondpass/genkit': {
    rerankerAction: only({ name: 'secondpass/none', reranker }),
    retrieverAction: only({ name: 'secondpass/none', retriever }),
    secondpass: only(),
  },
  '@secondpass/hub': {
    addModel: second('organization/name', hub),
    openLockedModel: second('organization/name', hub),
    parseModelName: 'no options',
    readHubSettings: second({}),
    readLockFile: 'no options',
    removeModel: second('organization/name', hub),
    tryParseModelName: 'no options',
    verifyModels: second(undefined, hub),
  },
  '@secondpass/langchain': {
    RerankCompressor: construct({ reranker }),
    SecondpassRetriever: construct({ retriever }),
    vectorStoreSource: second({ _vectorstoreType: () => 'none' }),
  },
  '@secondpass/late-interaction': {
    LateInteraction: 'made by a function of this list',
    PolyEncoder: 'made by a function of this list',
    isLateInteraction: 'no options',
    loadLateInteraction: second('none'),
    loadPolyEncoder: second('none'),
    openPolyEncoderDirectory: 'no options',
    storeTokenVectors: only({
      encoder: { name: 'none', encodePassages: async () => [] },
      store: { name: 'none', digests: async () => new Map(), put: async () => undefined },
      documents: [],
    }),
  },
  '@secondpass/mastra': { relevanceScorer: 'no options', searchTool: only({ retriever }) },
  '@secondpass/mcp': {
    createMcpServer: only({ retriever, reranker, found: new Map() }),
    serveHttp: second(() => undefined, { port: 0 }),
  },
  '@secondpass/models': { modelDirectory: 'no options' },
  '@secondpass/precomputed-passages': {
    PrecomputedCrossEncoder: 'made by a function of this list',
    PrecomputedPassages: ({ open }) => open({ directory: 'none', ...odd }),
    loadPrecomputedCrossEncoder: second('none', { store: { directory: 'none' } }),
    precomputePassages: only({ crossEncoder: { name: 'none', precompute: async () => 0 }, documents: [] }),
    prunePassages: only({ crossEncoder: { name: 'none', prune: async () => ({}) }, documents: [] }),
  },
  '@secondpass/reranker-remote': {
    ServiceReranker: 'made by a function of this list',
    aiSdkReranker: only({ model: { provider: 'p', modelId: 'm', doRerank: async () => ({}) } }),
    remoteReranker: only({ service: 'tei', url }),
  },
  '@secondpass/runtime-onnx': {
    cpuQuota: 'no options',
    graphCacheDirectory: 'no options',
    optimizeModel: second('none'),
    tuneBatchTokens: second('none'),
  },
  '@secondpass/runtime-wasm': {},
  '@secondpass/server': {
    RerankServer: 'made by a function of this list',
    rerankServer: only({ rerankers: { none: reranker } }),
  },
  '@secondpass/tuning': {
    QualityTable: 'no options',
    adviceInWords: 'no options',
    advise: 'no options',
    chooseSetting: 'no options',
    describeSetting: 'no options',
    goalInWords: 'no options',
    meanInterval: 'no options',
    paretoFront: 'no options',
    referenceSetting: 'no options',
    renderReport: 'no options',
    settingsGrid: 'no options',
    tune: only({
      queries: [],
      search: call,
      scorers: [],
      depths: [1],
      blends: [0],
      current: {},
      goal: { maxLoss: 0 },
      measure: { formula: () => 0 },
    }),
    tuningSteps: 'no options',
  },
  'secondpass/config': { openConfiguration: 'no options' },
};

/** Every entry that a package publishes, and its source. */
const entries = readdirSync('packages').flatMap((folder) => {
  const { name, exports = {} } = JSON.parse(readFileSync(join('packages', folder, 'package.json'), 'utf8'));
  return Object.entries(exports as Record<string, { readonly default?: string }>).flatMap(
    ([entry, { default: built }]) =>
      built?.startsWith('./dist/')
        ? {
            entry: join(name, entry),
            file: join(process.cwd(), 'packages', folder, built.replace('dist', 'src').replace(/js$/, 'ts')),
          }
        : [],
  );
});

async function refusalOf(work: () => unknown): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  return 'it was accepted';
}

const refused = (path: readonly string[] = ['unknownOption']) =>
  expect.objectContaining({ problem: `${path.join('.')} is not an option.`, path });

test('every entry of every package is looked at', () => {
  const known = [...Object.keys(expectations), ...forAuthors];
  expect(entries.map(({ entry }) => entry).sort()).toEqual(known.sort());
});

describe('an unknown option is refused by every public function', () => {
  test.each(
    entries.filter(({ entry }) => !forAuthors.includes(entry)).map((one) => [one.entry, one] as const),
  )(
    '%s',
    async (entry, { file }) => {
      const module: Record<string, unknown> = await import(file);
      const functions = Object.entries(module).filter(([, value]) => typeof value === 'function');
      const expected = expectations[entry]!;
      expect(functions.map(([name]) => name).sort()).toEqual(Object.keys(expected).sort());
      for (const [name, exported] of functions) {
        const how = expected[name]!;
        if (typeof how === 'string') continue;
        const refusal = await refusalOf(() => how(exported));
        if (!RetrievalError.is(refusal)) throw new Error(`${entry} ${name}: ${refusal}`, { cause: refusal });
        expect({ name, refusal }).toEqual({ name, refusal: refused() });
      }
    },
    300_000,
  );
});

describe('an unknown option is refused in a request, too', () => {
  const vector = Float32Array.of(1);

  test.each<readonly [string, string, (given: Exported) => unknown]>([
    ['adapter-elastic', 'elasticSource', (make) => make(elastic)],
    ['adapter-pgvector', 'pgvectorSource', (make) => make(postgres)],
    ['adapter-pgvector', 'pgvectorTextSource', (make) => make(postgres)],
    ['adapter-qdrant', 'qdrantSource', (make) => make(qdrant)],
  ])('of a source: %s, %s', async (folder, name, make) => {
    const module: Record<string, unknown> = await import(
      join(process.cwd(), 'packages', folder, 'src/index.ts')
    );
    const opened = make(module[name]) as typeof source;
    const request = { query: { text: 'tides', vector }, depth: 1, ...odd };
    expect(await refusalOf(() => opened.search(request))).toEqual(refused());
    expect(await refusalOf(() => opened.fetch?.({ ids: [], ...odd } as never))).toEqual(refused());
  });

  test.each<readonly [string, string, (given: Exported) => unknown]>([
    ['adapter-elastic', 'elastic', (make) => make(elastic)],
    ['adapter-pgvector', 'pgvector', (make) => make(postgres)],
    ['adapter-qdrant', 'qdrant', (make) => make(qdrant)],
  ])('of a writer and a reader: %s', async (folder, name, make) => {
    const module: Record<string, unknown> = await import(
      join(process.cwd(), 'packages', folder, 'src/index.ts')
    );
    const filling = make(module[`${name}Writer`]) as typeof writer;
    const reading = make(module[`${name}Reader`]) as typeof reader;
    expect(await refusalOf(() => filling.prepare({ dimensions: 2, ...odd }))).toEqual(refused());
    const first = () =>
      reading
        .read(odd as never)
        [Symbol.asyncIterator]()
        .next();
    expect(await refusalOf(first)).toEqual(refused());
  });

  test('of a retriever and of rerankers around rerankers', async () => {
    const { TwoStageRetriever } = await import('@secondpass/core');
    const { cachedReranker, cascadeReranker, failoverReranker, fairReranker, ScoreCache } = await import(
      '@secondpass/core/rerankers'
    );
    const two = new TwoStageRetriever({ source: textSource, reranker });
    expect(await refusalOf(() => two.retrieve('tides', odd as never))).toEqual(refused());
    const cache = new ScoreCache({ maxBytes: 1024 });
    for (const around of [
      cachedReranker(reranker, { cache }),
      cascadeReranker({ stages: [{ reranker }, { reranker }] }),
      failoverReranker({ rerankers: [{ reranker }] }),
      fairReranker(reranker),
    ]) {
      const request = { query: 'tides', passages: ['The moon.'], ...odd };
      expect(await refusalOf(() => around.score(request))).toEqual(refused());
    }
  });
});

test('a configuration names the line of an unknown setting, of the file and of an adapter', async () => {
  const folder = temporaryFolder({
    'file.yaml': 'source: { adapter: pgvector, directory: d, table: t }\ntopk: 5\n',
    'adapter.yaml': 'source:\n  adapter: pgvector\n  directory: d\n  table: t\n  efsearch: 5\n',
  });
  const problemOf = async (name: string) =>
    String(await refusalOf(() => openConfiguration(join(folder, name), {})));
  expect(await problemOf('file.yaml')).toContain(':2: topk is not a known key; did you mean "topK"?');
  expect(await problemOf('adapter.yaml')).toContain(
    ':5: source.efsearch is not an option. Did you mean efSearch?',
  );
});
