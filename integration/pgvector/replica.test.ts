import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  type OpenedPgvector,
  pgvectorFromConfig,
  pgvectorReader,
  pgvectorReplicaStates,
  pgvectorSource,
  pgvectorWriter,
} from '@secondpass/adapter-pgvector';
import { type Degradation, RetrievalError } from '@secondpass/core';
import type { OpenOptions } from '@secondpass/core/testing';
import pg from 'pg';
import { pgvectorAdapter } from '../../packages/cli/src/adapters/pgvector.ts';
import { describeEngine } from '../engines.ts';
import { pgvectorVersion } from '../services/first-answer-of-postgres.ts';
import { startPostgresPair } from '../services/postgres-pair.ts';
import { createTestSchema, type TestSchema } from '../services/test-schema.ts';
import { until } from '../until.ts';
import { describeClusterContract } from './cluster-contract.ts';
import { randomDocuments } from './random-documents.ts';

const engine = await startPostgresPair();
const documents = randomDocuments(400, 8);
const queries = documents.slice(0, 20).map(({ vector }) => ({ text: 'any', vector }));
const depth = 10;

describeEngine('pgvector-replica', engine, ({ primary, replica, stop }) => {
  let schema: TestSchema;
  let table: string;
  let database: OpenedPgvector;
  let expected: readonly string[];
  /** On the replica itself. */
  const there = new pg.Pool({ connectionString: replica.url });
  there.on('error', () => {});

  const idsOf = (found: readonly { readonly id: string }[]) => found.map(({ id }) => id).join(' ');
  const search = async (index: number, degradations: Degradation[] = []) =>
    idsOf(
      await database.source.search({
        query: queries[index]!,
        depth,
        onDegraded: (degradation) => degradations.push(degradation),
      }),
    );
  /** Whether a search reads from the replica: only there a row passes. */
  const isOnReplica = async () => {
    const filter = { native: { sql: 'pg_is_in_recovery()' } };
    return (await database.source.search({ query: queries[0]!, depth, filter })).length === depth;
  };
  const caughtUp = async () => {
    const [state] = await database.replicaStates();
    return state?.lagBytes === 0;
  };

  beforeAll(async () => {
    await pgvectorVersion(primary.url);
    schema = await createTestSchema(primary.url);
    table = schema.nextTable();
    database = await pgvectorFromConfig({
      url: primary.url,
      replicas: [replica.url],
      table,
      search: 'exact',
      connectionTimeoutMs: 5000,
    });
    await database.writer.prepare({ dimensions: 8 });
    await database.writer.write(documents);
    await database.writer.finish();
    expected = await Promise.all(queries.map((_, index) => search(index)));
  }, 120_000);

  afterAll(async () => {
    await database.close();
    await there.end();
    await schema.drop();
    await stop();
  }, 120_000);

  test('a search reads from the replica, and a write goes to the primary', async () => {
    await until(caughtUp);
    await until(isOnReplica);
    for (let index = 0; index < 20; index += 1) {
      expect(await search(index)).toBe(expected[index]);
      expect(await isOnReplica()).toBe(true);
    }
    const onReplica = pgvectorWriter({ client: there, table: `${schema.name}.other` });
    await expect(onReplica.prepare({ dimensions: 8 })).rejects.toMatchObject({
      code: 'source-failed',
      nextStep: expect.stringContaining('must lead to the primary'),
    });
  }, 120_000);

  test('what this process has written is found at once, though the replica stands still', async () => {
    await there.query('SELECT pg_wal_replay_pause()');
    const [first] = documents;
    const fresh = { ...first!, id: 'fresh' };
    await database.writer.write([fresh]);
    const degradations: Degradation[] = [];
    expect((await search(0, degradations)).split(' ')).toContain('fresh');
    expect(degradations).toEqual([]);
    const [state] = await database.replicaStates();
    expect(state!.lagBytes).toBeGreaterThan(0);
    expect(state!.lagMs).toBeGreaterThanOrEqual(0);
    await there.query('SELECT pg_wal_replay_resume()');
    await database.writer.delete(['fresh']);
    expect(await search(0)).toBe(expected[0]);
    await until(caughtUp);
  }, 120_000);

  test('a replica that is more than maxReplicaLagMs behind is passed over', async () => {
    const own = schema.nextTable();
    const write = async (id: string) => {
      const writer = pgvectorWriter({ client: schema.pool, table: own });
      await writer.prepare({ dimensions: 8 });
      await writer.write([{ ...documents[0]!, id }]);
      await writer.finish();
    };
    await write('one');
    // Another client: what was written through `schema.pool` by this process is not known to it.
    const other = new pg.Pool({ connectionString: primary.url });
    const source = pgvectorSource({ client: other, replicas: [there], table: own, maxReplicaLagMs: 300 });
    await until(caughtUp);
    await there.query('SELECT pg_wal_replay_pause()');
    await write('two');
    await pause(1000);
    expect(await source.search({ query: queries[0]!, depth })).toHaveLength(2);
    await there.query('SELECT pg_wal_replay_resume()');
    await other.end();
  }, 120_000);

  test('a replica that dies and comes back costs no row and no order', async () => {
    await until(caughtUp);
    const tally = { right: 0, wrong: 0, degraded: 0, codes: new Map<string, number>() };
    let isOver = false;
    const call = async (caller: number): Promise<void> => {
      for (let turn = caller; !isOver; turn += 1) {
        const degradations: Degradation[] = [];
        try {
          if ((await search(turn % 20, degradations)) === expected[turn % 20]) tally.right += 1;
          else tally.wrong += 1;
        } catch (error) {
          const code = RetrievalError.is(error) ? error.code : `untyped: ${error}`;
          tally.codes.set(code, (tally.codes.get(code) ?? 0) + 1);
        }
        tally.degraded += degradations.length;
      }
    };
    const callers = Promise.all([0, 5, 10, 15].map(call));
    await pause(1000);
    await replica.power.off();
    const whenDown = tally.right;
    await pause(2000);
    const whileDown = tally.right - whenDown;
    expect((await database.replicaStates())[0]!.error).toMatchObject({ code: 'source-unreachable' });
    await replica.power.on();
    const errorsBefore = new Map(tally.codes);
    await until(isOnReplica);
    await pause(1000);
    isOver = true;
    await callers;
    process.stderr.write(`replica off and on: ${JSON.stringify({ ...tally, codes: [...tally.codes] })}\n`);

    expect(tally.wrong).toBe(0);
    expect(tally.degraded).toBe(0);
    expect(whileDown).toBeGreaterThan(0);
    for (const code of tally.codes.keys()) expect(code).toBe('source-unreachable');
    // Nothing of ours was started again.
    expect(tally.codes).toEqual(errorsBefore);
  }, 180_000);

  test('while the primary is down, the replica answers and says so', async () => {
    await until(caughtUp);
    const source = pgvectorSource({
      client: schema.pool,
      replicas: [there],
      table,
      search: 'exact',
      maxReplicaLagMs: 500,
    });
    await primary.power.off();
    const degradations: Degradation[] = [];
    const onDegraded = (degradation: Degradation) => degradations.push(degradation);
    for (let index = 0; index < 20; index += 1) {
      expect(idsOf(await source.search({ query: queries[index]!, depth, onDegraded }))).toBe(expected[index]);
      await pause(50);
    }
    expect(degradations.at(-1)).toEqual({
      stage: 'search',
      reason: expect.stringMatching(
        /: the primary did not answer, and the last change .* is \d+\.\d s old; the newest passages may be missing\.$/,
      ),
    });
    await expect(source.fetch!({ ids: ['document 1'] })).rejects.toMatchObject({
      code: 'source-unreachable',
    });
    await expect(database.writer.write(documents.slice(0, 1))).rejects.toMatchObject({
      code: 'source-unreachable',
    });
    await primary.power.on();
    await until(async () => {
      degradations.splice(0);
      await source.search({ query: queries[0]!, depth, onDegraded });
      return degradations.length === 0;
    });
    await database.writer.write(documents.slice(0, 1));
    expect(await search(0)).toBe(expected[0]);
  }, 180_000);

  test('doctor tells the lag of the replica, and which server is none', async () => {
    await until(caughtUp);
    const signal = AbortSignal.timeout(60_000);
    const settings = { url: primary.url, replicas: [replica.url, primary.url], table, search: 'exact' };
    const { replicas } = await pgvectorAdapter.inspect(settings, signal);
    expect(replicas).toEqual([
      { name: `127.0.0.1:${replica.port}`, lagBytes: 0, lagMs: 0 },
      {
        name: `127.0.0.1:${primary.port}`,
        lagBytes: null,
        lagMs: null,
        refusal: expect.objectContaining({ problem: 'It is no replica: it accepts writes.' }),
      },
    ]);
    expect(replicas![1]!.refusal!.origin).toBe(`pgvector:${table}, replica 127.0.0.1:${primary.port}`);
  }, 120_000);

  test('a server that is no replica is named, and not searched', async () => {
    const [state] = await pgvectorReplicaStates({ client: schema.pool, replicas: [schema.pool] });
    expect(state).toMatchObject({
      error: { code: 'source-unreachable', problem: 'It is no replica: it accepts writes.' },
    });
    const degradations: Degradation[] = [];
    const source = pgvectorSource({ client: schema.pool, replicas: [schema.pool], table, search: 'exact' });
    const found = await source.search({
      query: queries[0]!,
      depth,
      onDegraded: (degradation) => degradations.push(degradation),
    });
    expect(idsOf(found)).toBe(expected[0]);
    expect(degradations).toEqual([]);
  });

  describeClusterContract(
    'pgvector-replica-contract',
    () => schema,
    () => {
      const client = new pg.Pool({ connectionString: primary.url, pipeline: true });
      const copy = new pg.Pool({ connectionString: replica.url, pipeline: true });
      for (const pool of [client, copy]) pool.on('error', () => {});
      afterAll(() => Promise.all([client.end(), copy.end()]));
      return {
        client,
        open: async ({ tenantField, timeoutMs }: OpenOptions = {}) => {
          const shared = {
            client,
            table: schema.nextTable(),
            ...(tenantField !== undefined && { tenantField }),
          };
          const limit = timeoutMs !== undefined && { statementTimeoutMs: timeoutMs };
          return {
            source: pgvectorSource({ ...shared, ...limit, replicas: [copy] }),
            writer: pgvectorWriter(shared),
            reader: pgvectorReader(shared),
          };
        },
        unreachable: async () => {
          const silent = new pg.Pool({ host: '127.0.0.1', port: 1 });
          return pgvectorSource({ client: silent, replicas: [silent], table: 'nowhere' });
        },
      };
    },
  );
});
