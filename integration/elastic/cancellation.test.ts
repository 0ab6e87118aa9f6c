import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { elasticSource } from '@secondpass/adapter-elastic';
import { describeEngine } from '../engines.ts';
import { randomDocuments } from '../pgvector/random-documents.ts';
import { startElastic } from '../services/elastic.ts';
import { openTestIndices, type TestIndices } from './test-indices.ts';

const engine = await startElastic(['9', '8']);
const documents = randomDocuments(8000, 8);
const query = { text: 'any', vector: documents[0]!.vector };
let asked = 0;
/** Reads every word of the index once per clause; never the same twice, since Elasticsearch remembers filters. */
function slowFilter(clauses: number) {
  asked += 1;
  return {
    native: {
      bool: {
        should: Array.from({ length: clauses }, (_, index) => ({
          wildcard: { 'secondpass.filter': { value: `*${index}*${index + 1}*${asked}*x*` } },
        })),
      },
    },
  };
}

describeEngine('elastic', engine, ({ url, version, stop }) => {
  let indices: TestIndices;
  let index: string;
  /** Enough of them that a search takes a while on this machine, and how long that is. */
  let clauses = 60;
  let whole = 0;

  beforeAll(async () => {
    indices = openTestIndices({ url, version });
    ({ index } = await indices.filled(documents));
    const source = elasticSource({ client: indices.client, index, requestTimeoutMs: 50_000 });
    while (whole < 2000 && clauses < 960) {
      clauses *= 2;
      const unhurried = Date.now();
      await source.search({ query, depth: 10, filter: slowFilter(clauses) });
      whole = Date.now() - unhurried;
    }
  });

  afterAll(async () => {
    await indices.drop();
    await stop();
  });

  const running = async () => {
    const answer = await indices.client.tasks.list({ actions: 'indices:data/read/search*' });
    return Object.values(answer.nodes ?? {}).flatMap(({ tasks }) => Object.keys(tasks ?? {})).length;
  };
  const until = async (holds: () => Promise<boolean>) => {
    const started = Date.now();
    while (!(await holds()) && Date.now() - started < 5000) await sleep(10);
    return Date.now() - started;
  };

  test("aborting rejects at once and ends Elasticsearch's work", async () => {
    const source = elasticSource({ client: indices.client, index, requestTimeoutMs: 50_000 });
    const controller = new AbortController();
    const reason = new Error('The user left.');
    const settled = source
      .search({ query, depth: 10, filter: slowFilter(clauses), signal: controller.signal })
      .catch((error: unknown) => ({ error, at: Date.now() }));
    await until(async () => (await running()) > 0);
    const aborted = Date.now();
    controller.abort(reason);
    const outcome = (await settled) as { error: unknown; at: number };
    expect(outcome.error).toBe(reason);
    expect(outcome.at - aborted).toBeLessThan(1000);
    const ended = await until(async () => (await running()) === 0);
    process.stderr.write(`The whole search takes ${whole} ms; aborted, it ended within ${ended} ms.\n`);
    expect(ended).toBeLessThan(0.75 * whole);
    expect(await source.search({ query, depth: 10 })).toHaveLength(10);
  });

  test('so does running out of time', async () => {
    const source = elasticSource({ client: indices.client, index, requestTimeoutMs: Math.ceil(whole / 25) });
    const search = source.search({ query, depth: 10, filter: slowFilter(clauses) });
    await expect(search).rejects.toMatchObject({
      code: 'deadline-exceeded',
      nextStep: expect.stringContaining('requestTimeoutMs'),
    });
    expect(await until(async () => (await running()) === 0)).toBeLessThan(Math.max(1000, 0.75 * whole));
  });
});
