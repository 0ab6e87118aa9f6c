import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Embedder, type Filter, type Reranker, TwoStageRetriever } from '@secondpass/core';
import { filterMatches } from '@secondpass/core/testing';
import type { OpenSource } from '../packages/cli/src/adapters/adapter.ts';
import { runCommand } from '../packages/cli/test/run-command.ts';
import { folder, removeFolder, startEngines, withSource, writeConfig } from './configured-engines.ts';
import { describeEngine } from './engines.ts';
import { randomDocuments } from './pgvector/random-documents.ts';

const tenants = ['north', 'south'];
const documents = randomDocuments(3000, 64).map((document, index) => ({
  ...document,
  payload: {
    ...document.payload,
    tenant: tenants[index % 7 === 0 ? 1 : 0]!,
    tags: [`t${index % 5}`, `u${index % 3}`],
    published: `2024-${String(1 + (index % 12)).padStart(2, '0')}-01`,
    ...(index % 4 === 0 && { author: { name: `writer ${index % 20}` } }),
  },
}));

/** A question is the number of a document, and its vector lies between that document and the next. */
const questions = Array.from({ length: 24 }, (_, index) => `${index * 97}`);
const filters: readonly (Filter | undefined)[] = [
  undefined,
  { field: 'parity', eq: 'odd' },
  { field: 'tags', in: ['t1', 'u2'] },
  { and: [{ field: 'number', gte: 500 }, { not: { field: 'author.name', exists: true } }] },
  {
    or: [
      { field: 'rare', eq: true },
      { field: 'published', lt: '2024-03-01' },
    ],
  },
];

/** Each question with one of the filters, by one of the tenants. */
const requests = questions.map((question, index) => ({
  question,
  filter: filters[index % filters.length],
  tenant: tenants[index % 2]!,
}));

const embedder: Embedder = {
  name: 'between two documents',
  dimensions: 64,
  embed: async ({ texts }) => texts.map((text) => vectorOf(text)),
};

/** No two passages have the same score, so that stage 2 leaves nothing to chance. */
const reranker: Reranker = {
  name: 'by number',
  score: async ({ passages }) =>
    passages.map((passage) => {
      const score = ((Number(/\d+/.exec(passage)![0]) * 7919) % 3001) / 3001;
      return { score, rawScore: score, tokensCut: 0 };
    }),
};

function vectorOf(question: string): Float32Array {
  const number = Number(question);
  const next = documents[number + 1]!.vector;
  return documents[number]!.vector.map((value, axis) => 0.7 * value + 0.3 * next[axis]!);
}

/** What brute force finds: ids and similarities, best first. */
function bruteForce({ question, filter, tenant }: Request) {
  const vector = vectorOf(question);
  return documents
    .filter(({ payload }) => payload.tenant === tenant && (!filter || filterMatches(filter, payload)))
    .map(({ id, vector: other }) => ({ id, score: cosine(vector, other) }))
    .sort((a, b) => b.score - a.score)
    .slice(0, 100);
}

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, axis) => sum + value * y[axis]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

afterAll(removeFolder);

/** What the first engine answers, which all others must answer too. */
let answers: { readonly engine: string; readonly hits: unknown } | undefined;

for (const [name, engine] of Object.entries(await startEngines())) {
  describeEngine(name, engine, ({ version, stop, ...engine }) => {
    const source = (search: 'exact' | 'index') => ({
      ...engine.source('swap', search),
      metric: 'cosine',
      tenantField: 'tenant',
    });
    beforeAll(
      () =>
        withSource(source('exact'), async ({ writer }) => {
          await writer.prepare({ dimensions: 64 });
          for (let start = 0; start < documents.length; start += 500)
            await writer.write(documents.slice(start, start + 500));
          await writer.finish();
        }),
      120_000,
    );
    afterAll(stop);

    test(`${version}: exact search finds what brute force finds, in its order up to equal scores`, () =>
      withSource(source('exact'), async (opened) => {
        for (const request of requests) {
          const found = await ask(opened, request);
          const expected = bruteForce(request);
          expect(found.map(({ id }) => id).sort()).toEqual(expected.map(({ id }) => id).sort());
          const scores = new Map(expected.map(({ id, score }) => [id, score]));
          for (const [index, { id, score }] of found.entries()) {
            expect(scores.get(id)).toBeCloseTo(expected[index]!.score, 5);
            expect(score).toBeCloseTo(expected[index]!.score, 4);
          }
        }
      }));

    test('both stages give the hits that every other engine gives', () =>
      withSource(source('exact'), async (opened) => {
        const retriever = new TwoStageRetriever({ source: opened.source, embedder, reranker });
        const hits: unknown[] = [];
        for (const { question, filter, tenant } of requests) {
          const ranking = await retriever.retrieve(question, { tenant, ...(filter && { filter }) });
          for (const { rank, score, candidate } of ranking.hits) {
            const { id, text, payload } = candidate;
            hits.push({ question, rank, score, id, text, payload });
          }
        }
        answers ??= { engine: name, hits };
        expect({ engine: answers.engine, hits }).toEqual(answers);
      }));

    test('nobody is answered without a tenant, and no filter reaches another one', () =>
      withSource(source('exact'), async (opened) => {
        const query = { text: '0', vector: vectorOf('0') };
        await expect(opened.source.search({ query, depth: 5 })).rejects.toThrow(/tenant/);
        const filter: Filter = {
          or: [
            { field: 'tenant', eq: 'south' },
            { field: 'number', gte: 0 },
          ],
        };
        const found = await ask(opened, { question: '0', filter, tenant: 'north' });
        expect(new Set(found.map(({ payload }) => payload?.['tenant']))).toEqual(new Set(['north']));
      }));

    test('the index finds at least 95 of 100 of the ten nearest', () =>
      withSource(source('index'), async (opened) => {
        let found = 0;
        for (const request of requests) {
          const nearest = new Set(
            bruteForce(request)
              .map(({ id }) => id)
              .slice(0, 10),
          );
          const candidates = await ask(opened, request);
          found += candidates.slice(0, 10).filter(({ id }) => nearest.has(id)).length;
        }
        expect(found / (10 * requests.length)).toBeGreaterThanOrEqual(0.95);
      }));

    test('the command line fills it, searches it and examines it', async () => {
      const config = await writeConfig(engine.source('notes'));
      const corpus = join(folder, 'notes.jsonl');
      const notes = ['Paris is the capital of France.', 'Bananas are yellow.', 'Bread rises slowly.'];
      await writeFile(corpus, notes.map((text, id) => JSON.stringify({ id, text, id2: id })).join('\n'));
      const run = async (...flags: string[]) => {
        const outcome = await runCommand([...flags, '--config', config, '--json']);
        expect(outcome).toMatchObject({ code: 0 });
        return JSON.parse(outcome.stdout);
      };
      expect(await run('index', '--corpus', corpus)).toMatchObject({ written: 3, unchanged: 0 });
      const ranking = await run('search', '--query', 'capital of France', '--top-k', '1');
      expect(ranking.hits).toMatchObject([{ rank: 1, candidate: { id: '0', payload: { id2: 0 } } }]);
      const { engines, problems } = await run('doctor');
      expect(problems).toEqual([]);
      expect(engines[1]).toMatchObject({ reachable: true, documents: 3, searchable: true });
    });

    test('doctor says of a half-filled one that it is not searched', async () => {
      const half = engine.source('half');
      await withSource(half, async ({ writer }) => {
        await writer.prepare({ dimensions: 64 });
        await writer.write(documents.slice(0, 1));
      });
      const { code, stdout } = await runCommand(['doctor', '--config', await writeConfig(half), '--json']);
      expect(code).toBe(1);
      const { engines, problems } = JSON.parse(stdout);
      expect(engines[1]).toMatchObject({ reachable: true, searchable: false });
      expect(problems).toEqual([
        expect.objectContaining({ problem: expect.stringContaining('not finished') }),
      ]);
    });
  });
}

type Request = (typeof requests)[number];

function ask({ source }: OpenSource, { question, filter, tenant }: Request) {
  const query = { text: question, vector: vectorOf(question) };
  return source.search({ query, depth: 100, tenant, ...(filter && { filter }) });
}
