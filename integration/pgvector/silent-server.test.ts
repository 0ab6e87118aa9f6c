import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pgvectorSource, pgvectorTextSource, pgvectorWriter } from '@secondpass/adapter-pgvector';
import pg from 'pg';
import { describeEngine } from '../engines.ts';
import { startPgvector } from '../services/pgvector.ts';
import { type SilentProxy, startSilentProxy } from '../services/silent-proxy.ts';
import { createTestSchema, type TestSchema } from '../services/test-schema.ts';
import { randomDocuments } from './random-documents.ts';

const engine = await startPgvector();
const documents = randomDocuments(20, 3);
const query = { text: documents[0]!.text, vector: Float32Array.of(1, 0, 0) };
const places = 10;
/** The one wait that is the caller's own to bound: a pool opens connections by itself. */
const connectMs = 1000;
/** More answers than any search has: of signing in, of looking at the table, of the search, of the exact one, of COMMIT. */
const mostAnswers = 9;

describeEngine('pgvector', engine, ({ url, stop }) => {
  let schema: TestSchema;
  let proxy: SilentProxy;
  let table: string;

  beforeAll(async () => {
    schema = await createTestSchema(url);
    const { hostname, port } = new URL(url);
    proxy = await startSilentProxy({ host: hostname, port: Number(port) });
    table = schema.nextTable();
    const writer = pgvectorWriter({ client: schema.pool, table, textSearch: {} });
    await writer.prepare({ dimensions: 3 });
    await writer.write(documents);
    await writer.finish();
  });

  afterAll(async () => {
    await proxy.close();
    await schema.drop();
    await stop();
  });

  const open = (pipeline: boolean) => {
    const through = new URL(url);
    through.hostname = proxy.host;
    through.port = String(proxy.port);
    const pool = new pg.Pool({
      connectionString: through.href,
      max: places,
      pipeline,
      connectionTimeoutMillis: connectMs,
    });
    pool.on('error', () => {});
    return pool;
  };

  /**
   * Whether each connection that hangs is closed: at once where it was connected, after the time to learn its process where
   * it was pipelining, and else in pg's own time.
   */
  async function freed(pool: pg.Pool, connecting: boolean, patience: number): Promise<boolean> {
    const start = performance.now();
    while (proxy.silent() > 0 || pool.waitingCount > 0) {
      if (performance.now() - start > (connecting ? connectMs + 5000 : patience)) return false;
      await sleep(5);
    }
    return true;
  }

  const reason = new Error('The user left.');
  const abortTen = async (source: ReturnType<typeof pgvectorSource>) => {
    const controller = new AbortController();
    const request = { query, depth: 30, signal: controller.signal };
    let settled = 0;
    const searches = Promise.allSettled(
      Array.from({ length: places }, () => source.search(request).finally(() => (settled += 1))),
    );
    // Until each of them hangs or is answered; where one hangs twice, that is soon enough.
    for (let waited = 0; proxy.fellSilent() + settled < places && waited < 1000; waited += 5) await sleep(5);
    await sleep(20);
    const aborted = performance.now();
    controller.abort(reason);
    const outcomes = await searches;
    return { outcomes, rejectedWithin: performance.now() - aborted };
  };

  describe.each([
    ['pool', false, 'vector'],
    ['pipelining pool', true, 'vector'],
    ['pool', false, 'text'],
  ] as const)('a %s (pipelining: %s), by %s', (_, pipeline, input) => {
    test('at every step: ten aborted searches reject at once, and every connection is released', async () => {
      let steps = 0;
      for (let answers = 0; answers <= mostAnswers; answers += 1) {
        for (const warm of [false, true]) {
          proxy.silenceAfter(Number.POSITIVE_INFINITY);
          const pool = open(pipeline);
          const source = (input === 'vector' ? pgvectorSource : pgvectorTextSource)({ client: pool, table });
          if (warm) {
            await Promise.all(Array.from({ length: places }, () => source.search({ query, depth: 30 })));
            while (pool.idleCount < pool.totalCount) await sleep(1);
          }
          proxy.silenceAfter(answers);
          const { outcomes, rejectedWithin } = await abortTen(source);
          const fell = proxy.fellSilent();
          steps += Number(fell > 0);
          proxy.silenceAfter(Number.POSITIVE_INFINITY);
          const where = `silent after ${answers} answers, ${warm ? 'warm' : 'cold'}`;
          expect({ where, early: rejectedWithin < 1000 }).toEqual({ where, early: true });
          for (const outcome of outcomes) {
            // On a busy machine, pg may give up connecting before the caller does.
            const byPg =
              !warm && /connection timeout/.test(String((outcome as PromiseRejectedResult).reason));
            if (byPg) continue;
            if (outcome.status === 'rejected') expect(outcome.reason).toBe(reason);
            else expect(outcome.value).toHaveLength(input === 'vector' ? 20 : outcome.value.length);
          }
          if (outcomes.some(({ status }) => status === 'rejected')) {
            // A cold search gets its first answers while pg connects and signs in.
            const connecting = !warm && answers < 4;
            expect({ where, freed: await freed(pool, connecting, pipeline ? 10_000 : 3000) }).toEqual({
              where,
              freed: true,
            });
          }
          const start = performance.now();
          const found = await source.search({ query, depth: 20, signal: AbortSignal.timeout(20_000) });
          expect({ where, found: found.length > 0, soon: performance.now() - start < 10_000 }).toEqual({
            where,
            found: true,
            soon: true,
          });
          await pool.end();
        }
      }
      // Silent at no step, the test would prove nothing.
      expect(steps).toBeGreaterThanOrEqual(6);
    }, 300_000);
  });

  test('without a signal a search on a silent server ends, and says why', async () => {
    proxy.silenceAfter(Number.POSITIVE_INFINITY);
    const pool = open(false);
    const source = pgvectorSource({ client: pool, table, statementTimeoutMs: 100 });
    await source.search({ query, depth: 1 });
    while (pool.idleCount === 0) await sleep(1);
    proxy.silenceAfter(0);
    await expect(source.search({ query, depth: 1 })).rejects.toMatchObject({
      code: 'deadline-exceeded',
      origin: source.name,
      nextStep: expect.stringContaining('network'),
    });
    expect(pool.totalCount).toBe(0);
    proxy.silenceAfter(Number.POSITIVE_INFINITY);
    expect(await source.search({ query, depth: 1 })).toHaveLength(1);
    await pool.end();
  });
});
