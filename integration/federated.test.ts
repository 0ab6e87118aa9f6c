import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type CandidateSource, type Embedder, type Filter, TwoStageRetriever } from '@secondpass/core';
import { removeFolder, withSource } from './configured-engines.ts';
import { openTestIndices } from './elastic/test-indices.ts';
import { describeEngine, type NotRun } from './engines.ts';
import { randomDocuments } from './pgvector/random-documents.ts';
import { type StartedElastic, startElastic } from './services/elastic.ts';
import { type StartedPgvector, startPgvector } from './services/pgvector.ts';
import { createTestSchema, type TestSchema } from './services/test-schema.ts';

/** Articles are passages 0 to 39, tickets 20 to 59. Both count from 0, and tickets are written in capitals. */
const passages = randomDocuments(60, 8);
const articles = passages.slice(0, 40).map((passage, index) => ({ ...passage, id: `${index}` }));
const tickets = passages
  .slice(20)
  .map((passage, index) => ({ ...passage, id: `${index}`, text: `${passage.text.toUpperCase()}\n` }));

const embedder: Embedder = {
  name: 'always the first passage',
  dimensions: 8,
  embed: async ({ texts }) => texts.map(() => passages[0]!.vector),
};
const question = 'what happened in which year';
const everything = { depth: 100, topK: 100, timeoutMs: 60_000 };

const { name, engine } = await startBoth();
afterAll(removeFolder);

describeEngine(name, engine, ({ postgres, elastic }) => {
  const indices = openTestIndices(elastic);
  const index = indices.next();
  let schema: TestSchema;
  const withPower = postgres.power && elastic.power ? test : test.skip;
  const table = () => `${schema.name}.articles`;
  const articleSource = () => ({ adapter: 'pgvector', url: postgres.url, table: table(), search: 'exact' });
  const ticketSource = () => ({ adapter: 'elastic', url: elastic.url, index });

  /** Articles by vectors and tickets by words, as a configuration names them. */
  const withBoth = (
    { minimumSources, articles, tickets }: { minimumSources?: number; articles?: object; tickets?: object },
    work: (ask: (filter?: Filter) => Promise<Answer>) => Promise<void>,
  ) =>
    withSource(
      {
        adapter: 'federated',
        mergeBy: 'text',
        ...(minimumSources && { minimumSources }),
        sources: [
          { source: { ...articleSource(), name: 'articles' }, ...articles },
          { source: { ...ticketSource(), name: 'tickets', match: 'text' }, idPrefix: 'ticket/', ...tickets },
        ],
      },
      ({ source }) => work((filter) => stage1(source, filter)),
    );

  beforeAll(async () => {
    schema = await createTestSchema(postgres.url);
    for (const [source, documents] of [
      [articleSource(), articles],
      [ticketSource(), tickets],
    ] as const) {
      await withSource(source, async ({ writer }) => {
        await writer.prepare({ dimensions: 8 });
        await writer.write(documents);
        await writer.finish();
      });
    }
  }, 300_000);

  afterAll(async () => {
    try {
      await indices.drop();
      await schema.drop();
    } finally {
      await Promise.all([postgres.stop(), elastic.stop()]);
    }
  }, 300_000);

  test('a passage that both have is there once, by the id and text of the first', () =>
    withBoth({}, async (ask) => {
      const { hits, degraded } = await ask();
      expect(degraded).toBeUndefined();
      const byId = new Map(hits.map(({ candidate }) => [candidate.id, candidate]));
      const ids = passages.map((_, number) => (number < 40 ? `${number}` : `ticket/${number - 20}`));
      expect([...byId.keys()].sort()).toEqual(ids.sort());
      for (const [number, { text }] of articles.entries()) {
        const ticket = { source: 'tickets', id: `ticket/${number - 20}` };
        expect(byId.get(`${number}`)).toMatchObject({
          text,
          foundBy: [{ source: 'articles' }, ...(number < 20 ? [] : [ticket])],
        });
      }
      const even = await ask({ field: 'parity', eq: 'even' });
      expect(even.hits.map(({ candidate }) => candidate.payload?.['parity'])).toEqual(Array(30).fill('even'));
    }));

  test('a table that is locked makes its source late, and the search there is canceled', () =>
    withBoth({ minimumSources: 1, articles: { timeoutMs: 2000 } }, async (ask) => {
      expect(await ask()).toMatchObject({ hits: { length: 60 } });
      const locking = await schema.pool.connect();
      try {
        await locking.query(`BEGIN; LOCK TABLE ${table()} IN ACCESS EXCLUSIVE MODE`);
        const { hits, degraded } = await ask();
        expect(hits).toHaveLength(40);
        expect(hits.every(({ candidate }) => candidate.id.startsWith('ticket/'))).toBe(true);
        expect(degraded).toEqual({
          stage: 'search',
          reason: 'articles+tickets: 1 of 2 sources answered: articles was late.',
        });
        const waiting = `SELECT count(*)::int AS count FROM pg_stat_activity
          WHERE wait_event_type = 'Lock' AND query LIKE '%${schema.name}.%'`;
        const deadlineAt = Date.now() + 5000;
        let count: number;
        do count = (await schema.pool.query(waiting)).rows[0].count;
        while (count > 0 && Date.now() < deadlineAt);
        expect(count).toBe(0);
      } finally {
        await locking.query('ROLLBACK');
        locking.release();
      }
      expect((await ask()).degraded).toBeUndefined();
    }));

  withPower(
    'engines that die, one in the middle and then the other, are told, and are back when they are back',
    () =>
      withBoth({ minimumSources: 1 }, async (ask) => {
        await ask();
        const asked = Array.from({ length: 24 }, () => ask());
        await Promise.race(asked);
        const dying = elastic.power!.off();
        // The client of Elasticsearch tries again by itself, and where that takes too long its search is late.
        const reason = expect.stringMatching(
          /: 1 of 2 sources answered: tickets (failed \(source-unreachable\)|was late)\.$/,
        );
        for (const { hits, degraded } of await Promise.all(asked)) {
          expect(hits).toHaveLength(degraded ? 40 : 60);
          if (degraded) expect(degraded).toEqual({ stage: 'search', reason });
        }
        await dying;

        const lost = {
          code: expect.stringMatching(/unreachable|deadline/),
          problem: expect.stringMatching(/^tickets: /),
        };
        await Promise.all([
          expect(ask()).resolves.toMatchObject({
            hits: { length: 40 },
            degraded: { stage: 'search', reason },
          }),
          withBoth({}, (all) => expect(all()).rejects.toMatchObject(lost)),
          withBoth({ minimumSources: 1, tickets: { required: true } }, (all) =>
            expect(all()).rejects.toMatchObject(lost),
          ),
        ]);

        await postgres.power!.off();
        await expect(ask()).rejects.toMatchObject({
          problem: expect.stringMatching(
            /articles failed \(source-unreachable\).*: too few sources are left\.$/,
          ),
          cause: { errors: [{ code: 'source-unreachable' }, { origin: 'tickets' }] },
        });

        await Promise.all([postgres.power!.on(), elastic.power!.on()]);
        await searchable(index);
        const { hits, degraded } = await ask();
        expect(degraded).toBeUndefined();
        expect(hits).toHaveLength(60);
      }),
    240_000,
  );

  /** A node answers before its shards do. */
  async function searchable(index: string): Promise<void> {
    const health = `${elastic.url}/_cluster/health/${index}?wait_for_status=yellow&timeout=60s`;
    expect((await fetch(health)).status).toBe(200);
  }
});

type Answer = Awaited<ReturnType<typeof stage1>>;

/** Stage 2 leaves the order as it is, so that the answer is what the sources found. */
function stage1(source: CandidateSource, filter?: Filter) {
  const reranker = {
    name: 'all alike',
    score: async ({ passages }: { passages: readonly string[] }) =>
      passages.map(() => ({ score: 0.5, rawScore: 0, tokensCut: 0 })),
  };
  const retriever = new TwoStageRetriever({ source, embedder, reranker, ...everything });
  return retriever.retrieve(question, filter && { filter });
}

/** Both engines, or neither: where one is absent, the other is stopped again. */
async function startBoth(): Promise<{ name: string; engine: Both | NotRun }> {
  const elastic = await startElastic(['9', '8']);
  if ('notRun' in elastic) return { name: 'elastic', engine: elastic };
  let postgres: StartedPgvector | NotRun | undefined;
  try {
    postgres = await startPgvector();
  } finally {
    if (postgres === undefined || 'notRun' in postgres) await elastic.stop();
  }
  if ('notRun' in postgres) return { name: 'pgvector', engine: postgres };
  return { name: 'pgvector and elastic', engine: { postgres, elastic } };
}

interface Both {
  readonly postgres: StartedPgvector;
  readonly elastic: StartedElastic;
}
