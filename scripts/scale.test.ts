/** The parts of bench/scale.ts that decide its figures. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { MadeUpTexts } from '../bench/cross-encoder/made-up-texts.ts';
import { measureLoad } from '../bench/scale/load.ts';
import { madeUpEmbedder } from '../bench/scale/made-up-embedder.ts';
import { madeUpPassages, madeUpQueries } from '../bench/scale/made-up-passages.ts';
import { nearestExactly, recallOf } from '../bench/scale/nearest-exactly.ts';
import { mergeRow, readResult } from '../bench/scale/result-file.ts';
import { scaleChart } from '../bench/scale/scale-chart.ts';
import { modelDirectory } from '../packages/models/src/index.ts';

const texts = await MadeUpTexts.open(modelDirectory('small'));
const embedder = madeUpEmbedder();
const embed = async (list: readonly string[]) => embedder.embed({ texts: list, kind: 'passage' });

test('a passage is the same in a corpus of any size', () => {
  const few = [...madeUpPassages(30, texts)];
  const many = [...madeUpPassages(700, texts)];
  expect(many).toHaveLength(700);
  expect(many.slice(0, 30)).toEqual(few);
  expect(new Set(many.map(({ text }) => text)).size).toBe(700);
  expect(new Set(many.map(({ id }) => id)).size).toBe(700);
});

test('a text has one vector, of length one, in every process', async () => {
  const [first, again, other] = await embed(['yeast', 'yeast', 'salt']);
  expect(first).toEqual(again);
  expect(first).not.toEqual(other);
  expect((await madeUpEmbedder().embed({ texts: ['yeast'], kind: 'query' }))[0]).toEqual(first);
  expect(Math.hypot(...first!)).toBeCloseTo(1, 5);
  expect([...first!.slice(0, 3)].map((value) => value.toFixed(5))).toEqual(['0.02737', '0.00181', '0.04436']);
});

test('vectors lie in clusters: some pairs are near, most are not', async () => {
  const vectors = await embed(Array.from({ length: 200 }, (_, index) => `text ${index}`));
  const similarities = vectors.flatMap((a, index) =>
    vectors.slice(0, index).map((b) => a.reduce((sum, value, place) => sum + value * b[place]!, 0)),
  );
  const near = similarities.filter((similarity) => similarity > 0.35).length / similarities.length;
  expect(near).toBeGreaterThan(0.005);
  expect(near).toBeLessThan(0.1);
  const mean = similarities.reduce((sum, one) => sum + one, 0) / similarities.length;
  expect(Math.abs(mean)).toBeLessThan(0.05);
});

test('the exact lists are those of a sort over everything, at each size', async () => {
  const passages = [...madeUpPassages(1300, texts)];
  const queries = madeUpQueries(3, texts);
  const found = await nearestExactly({ passages, queries, embedder, depth: 20, sizes: [600, 1300] });
  const vectors = await embed(passages.map(({ text }) => text));
  const asked = await embed(queries);
  for (const size of [600, 1300]) {
    const expected = asked.map((query) =>
      vectors
        .slice(0, size)
        .map((vector, index) => ({
          index,
          score: vector.reduce((sum, value, place) => sum + value * query[place]!, 0),
        }))
        .sort((a, b) => b.score - a.score)
        .slice(0, 20)
        .map(({ index }) => passages[index]!.id),
    );
    expect(found.get(size)).toEqual(expected);
  }
});

test('recall is the share of the exact list that was found', () => {
  expect(recallOf(['a', 'x', 'b'], ['a', 'b', 'c', 'd'])).toBe(0.5);
  expect(recallOf(['c', 'a'], ['a', 'c'])).toBe(1);
  expect(recallOf([], ['a'])).toBe(0);
});

test('a load asks each query once, with so many callers at a time, and counts processor time for 1,000', async () => {
  let engineSeconds = 10;
  let [running, most] = [0, 0];
  const asked: string[] = [];
  const load = await measureLoad({
    server: { cpuSeconds: async () => engineSeconds },
    callers: 3,
    queries: Array.from({ length: 20 }, (_, index) => `query ${index}`),
    seconds: 3600,
    ask: async (query) => {
      asked.push(query);
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 2));
      running -= 1;
      engineSeconds += 0.5;
    },
  });
  expect(asked).toEqual(Array.from({ length: 20 }, (_, index) => `query ${index}`));
  expect(most).toBe(3);
  expect(load.answers).toBe(20);
  expect(load.coreSecondsPer1000.engine).toBeCloseTo(500, 6);
  expect(load.coreSecondsPer1000.ours).toBeGreaterThan(0);
  expect(load.latencyMs.p50).toBeGreaterThan(0);
  expect(load.latencyMs.p99).toBeGreaterThanOrEqual(load.latencyMs.p95);
  expect(load.latencyMs.p50).toBeLessThanOrEqual(load.latencyMs.p95);
});

test('a row that is measured again keeps what was measured when its table was filled', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'secondpass-scale-')), 'scale.json');
  const filling = {
    foundStored: 4,
    written: 10,
    storedPerSecond: 5,
    resumeSeconds: 1,
    finishSeconds: 2,
    coreSeconds: { ours: 1, engine: 2, engineFinish: 1 },
    peakResidentMB: 200,
  };
  const row = { layout: 'pgvector-vector', passages: 10, engine: 'one', bytes: { total: 1 } };
  mergeRow(file, { ...row, filling });
  mergeRow(file, { ...row, passages: 20 });
  mergeRow(file, { ...row, engine: 'two' });
  expect(readResult(file).rows).toEqual([
    { ...row, engine: 'two', filling },
    { ...row, passages: 20 },
  ]);
});

test('the chart has a line for each layout that was measured, higher where it takes longer', () => {
  const load = (depth: number, engine: number) => ({
    depth,
    callers: 1,
    answers: 10,
    answersPerSecond: 1,
    latencyMs: { p50: 1, p95: 1, p99: 1 },
    coreSecondsPer1000: { ours: 0, engine },
    loadAverage: 0,
  });
  const row = (passages: number, engine: number) => ({
    layout: 'elastic-int8',
    passages,
    engine: 'Elasticsearch',
    bytes: { total: 1 },
    settings: [],
    stage1: [load(100, engine)],
    both: [load(100, 10 * engine)],
  });
  const svg = scaleChart({ command: '', rows: [row(10_000, 2), row(1_000_000, 20)] });
  const points = /data-line="stage1 elastic-int8" points="([\d. ,]+)"/.exec(svg)![1]!.split(' ');
  const [small, large] = points.map((point) => point.split(',').map(Number));
  expect(large![0]!).toBeGreaterThan(small![0]!);
  expect(large![1]!).toBeLessThan(small![1]!);
});
