import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  type PgvectorClient,
  pgvectorPassageStates,
  pgvectorPassageStatesFromConfig,
} from '@secondpass/adapter-pgvector';
import { loadCrossEncoder } from '@secondpass/core';
import pg from 'pg';
import { runCommand } from '../../packages/cli/test/run-command.ts';
import { temporaryFolder } from '../../packages/cli/test/temporary-folder.ts';
import { modelDirectory } from '../../packages/models/src/index.ts';
import {
  loadPrecomputedCrossEncoder,
  precomputePassages,
  prunePassages,
} from '../../packages/precomputed-passages/src/index.ts';
import { describeEngine } from '../engines.ts';
import { startPgvector } from '../services/pgvector.ts';
import { createTestSchema, type TestSchema } from '../services/test-schema.ts';

const query = 'why does bread rise';
const passages = ['Yeast makes dough rise.', 'The harbor froze in 1929.', 'Salt slows yeast down.'];
const documents = passages.map((text, index) => ({ id: `${index}`, text }));

describeEngine('pgvector', await startPgvector(), ({ url, stop }) => {
  let schema: TestSchema;
  let pool: pg.Pool;
  beforeAll(async () => {
    schema = await createTestSchema(url);
    pool = new pg.Pool({ connectionString: url });
  });
  afterAll(async () => {
    await pool.end();
    await schema.drop();
    await stop();
  });
  const place = (table: string) => `${schema.name}.${table}`;
  const storeIn = (table: string, client: PgvectorClient = pool) =>
    pgvectorPassageStates({ client, table: place(table) });

  test('a store without a table is empty, and holds every byte that is put into it', async () => {
    const store = storeIn('bytes');
    expect(await store.get(['a'])).toEqual(new Map());
    expect(await store.has(['a'])).toEqual(new Set());
    expect(await store.list({ limit: 10 })).toEqual([]);
    const every = Uint8Array.from({ length: 256 }, (_, index) => index);
    // A part of a larger buffer, as states are.
    const inside = new Uint8Array(1000).fill(7).subarray(100, 140);
    await store.put([
      { digest: 'b', bytes: inside },
      { digest: 'a', bytes: Uint8Array.of(1) },
      { digest: 'a', bytes: every },
    ]);
    const found = await store.get(['a', 'b', 'c']);
    expect([...found.keys()].sort()).toEqual(['a', 'b']);
    expect(new Uint8Array(found.get('a')!)).toEqual(every);
    expect(new Uint8Array(found.get('b')!)).toEqual(new Uint8Array(40).fill(7));
    expect(await store.has(['c', 'b'])).toEqual(new Set(['b']));
  });

  test('two processes that fill a new table at once write both', async () => {
    const stores = [storeIn('both'), storeIn('both')];
    const entries = Array.from({ length: 300 }, (_, index) => ({
      digest: `${index}`.padStart(3, '0'),
      bytes: new Uint8Array(31_000).fill(index),
    }));
    // 9 MB are two statements of one transaction.
    await Promise.all(stores.map((store, index) => store.put(index ? entries.toReversed() : entries)));
    const [store] = stores;
    expect((await store!.get(entries.map(({ digest }) => digest))).size).toBe(300);
    expect(await store!.list({ after: '297', limit: 5 })).toEqual(['298', '299']);
    await store!.delete(['298', 'not there']);
    expect(await store!.list({ after: '296', limit: 2 })).toEqual(['297', '299']);
  });

  test('an abort reaches the database, and a closed store says so', async () => {
    const store = storeIn('aborted');
    const reason = new Error('no longer wanted');
    await expect(store.get(['a'], { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await store.close();
    await expect(store.get(['a'])).rejects.toMatchObject({ code: 'closed' });
  });

  test('a cross-encoder fills it, scores from it, and deletes what no document needs', async () => {
    const table = place('states');
    const load = () =>
      loadPrecomputedCrossEncoder(modelDirectory('small'), {
        workers: 1,
        store: () => pgvectorPassageStatesFromConfig({ url, table }),
        onStoreFailure: (error) => {
          throw error;
        },
      });
    const first = await load();
    const counts = { stored: 3, unchanged: 0 };
    expect(await precomputePassages({ crossEncoder: first, documents })).toEqual(counts);
    const expected = await first.score({ query, passages });
    await first.close();

    // Another process finds them.
    await using second = await load();
    expect(await precomputePassages({ crossEncoder: second, documents })).toEqual({
      stored: 0,
      unchanged: 3,
    });
    const warm = await second.score({ query, passages });
    for (const [index, { rawScore }] of warm.entries())
      expect(rawScore).toBeCloseTo(expected[index]!.rawScore, 4);
    await using whole = await loadCrossEncoder(modelDirectory('small'), { workers: 1 });
    const order = (scores: readonly { rawScore: number }[]) =>
      [...scores.keys()].sort((a, b) => scores[b]!.rawScore - scores[a]!.rawScore);
    expect(order(warm)).toEqual(order(await whole.score({ query, passages })));

    // One text has changed, one document is gone.
    const now = [documents[0]!, { id: '1', text: 'The harbor froze in 1930.' }];
    await precomputePassages({ crossEncoder: second, documents: now });
    expect(await prunePassages({ crossEncoder: second, documents: now })).toEqual({ kept: 2, deleted: 2 });
    const { rows } = await pool.query(`SELECT count(*)::int AS count FROM ${table}`);
    expect(rows).toEqual([{ count: 2 }]);
  }, 300_000);

  test('`secondpass index` fills the table, and deletes from it the text that has changed', async () => {
    const [articles, states] = [place('articles'), place('states_of_articles')];
    const folder = temporaryFolder({
      'secondpass.config.yaml': [
        `source: { adapter: pgvector, url: '${url}', table: ${articles} }`,
        'embedder: { model: bi-encoder }',
        `reranker: { model: small, precomputed: { url: '${url}', table: ${states} } }`,
      ].join('\n'),
      'before.jsonl': documents.map((document) => JSON.stringify(document)).join('\n'),
      'after.jsonl': JSON.stringify({ ...documents[0], text: 'Yeast makes gas.' }),
    });
    const index = async (corpus: string) => {
      const flags = ['index', '--config', 'secondpass.config.yaml', '--corpus', corpus, '--json'];
      const { stdout, stderr, code } = await runCommand(flags, { folder });
      if (code !== 0) throw new Error(stderr);
      return JSON.parse(stdout).precomputed;
    };
    expect(await index('before.jsonl')).toEqual([{ model: 'small', stored: 3, unchanged: 0, deleted: 0 }]);
    // The other two documents are still in the index, although this corpus does not have them.
    expect(await index('after.jsonl')).toEqual([{ model: 'small', stored: 1, unchanged: 0, deleted: 1 }]);
    const { rows } = await pool.query(`SELECT count(*)::int AS count FROM ${states}`);
    expect(rows).toEqual([{ count: 3 }]);
  }, 300_000);

  test('a server that is gone costs the time of computing, and nothing else', async () => {
    const failures: unknown[] = [];
    await using crossEncoder = await loadPrecomputedCrossEncoder(modelDirectory('small'), {
      workers: 1,
      store: () => pgvectorPassageStatesFromConfig({ url: 'postgres://127.0.0.1:1/none', table: 'nowhere' }),
      onStoreFailure: (error) => failures.push(error),
    });
    expect(await crossEncoder.score({ query, passages })).toHaveLength(3);
    expect(failures[0]).toMatchObject({ code: 'source-unreachable', origin: 'pgvector:nowhere' });
  }, 300_000);
});
