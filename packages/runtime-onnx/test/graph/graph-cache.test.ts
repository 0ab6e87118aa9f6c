import { spawn } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { loadCrossEncoder } from '@secondpass/core';
import { damagedCopy, graphOf, removeCopies } from '../../../core/test/models/damaged-model.ts';
import { graphCacheDirectory } from '../../src/graph/graph-cache.ts';
import { optimizeModel } from '../../src/index.ts';

const goldens = fileURLToPath(new URL('../../../core/test/models/goldens/', import.meta.url));
const tinyBert = join(goldens, 'tiny-bert');
const environment = process.env['SECONDPASS_CACHE'];
const made: string[] = [];
let cache: string;

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'secondpass-cache-'));
  made.push(cache);
  process.env['SECONDPASS_CACHE'] = cache;
});
afterEach(() => {
  if (environment === undefined) delete process.env['SECONDPASS_CACHE'];
  else process.env['SECONDPASS_CACHE'] = environment;
});
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
  removeCopies();
});

const entries = () => readdirSync(join(cache, 'graphs')).sort();
const cachedGraph = () => join(cache, 'graphs', entries().find((name) => name.endsWith('.onnx'))!);

test('the cache lies where the environment says', () => {
  expect(graphCacheDirectory({ SECONDPASS_CACHE: '/a' })).toBe(join('/a', 'graphs'));
  expect(graphCacheDirectory({ XDG_CACHE_HOME: '/b' })).toBe(join('/b', 'secondpass', 'graphs'));
  expect(graphCacheDirectory({ XDG_CACHE_HOME: 'relative' })).toMatch(/\.cache.secondpass.graphs$/);
});

test.each(['tiny-bert', 'tiny-roberta'])(
  '%s scores 200 awkward pairs as without optimizing',
  async (name) => {
    const { pairs } = JSON.parse(readFileSync(join(goldens, 'goldens.json'), 'utf8'));
    const passages = pairs.map(([, passage]: [string, string]) => passage);
    const query = pairs[3][0];
    const scores = [];
    for (const optimize of [true, false]) {
      const model = await loadCrossEncoder(join(goldens, name), { workers: 1, optimize });
      scores.push(await model.score({ query, passages }));
      await model.close();
    }
    expect(entries()).toHaveLength(2);
    for (const [index, { rawScore }] of scores[1]!.entries()) {
      expect(Math.abs(scores[0]![index]!.rawScore - rawScore)).toBeLessThan(1e-5);
    }
  },
);

test('switched off, nothing is written', async () => {
  const model = await loadCrossEncoder(tinyBert, { workers: 1, optimize: false });
  await model.close();
  expect(readdirSync(cache)).toEqual([]);
  await expect(loadCrossEncoder(tinyBert, { optimize: 'no' as never })).rejects.toThrow('optimize');
});

test('the second load finds what the first one made', async () => {
  const first = await optimizeModel(tinyBert);
  expect(first).toMatchObject({ cached: false, path: cachedGraph() });
  expect(await optimizeModel(tinyBert)).toEqual({ ...first, cached: true });
});

describe('a cached graph that is', () => {
  const folder = mkdtempSync(join(tmpdir(), 'secondpass-filled-'));
  made.push(folder);
  beforeAll(async () => {
    process.env['SECONDPASS_CACHE'] = folder;
    await optimizeModel(tinyBert);
  });

  test.each([
    ['cut short', () => truncateSync(cachedGraph(), 1000)],
    [
      'altered in one byte',
      () => {
        const bytes = readFileSync(cachedGraph());
        bytes[bytes.length >> 1]! ^= 1;
        writeFileSync(cachedGraph(), bytes);
      },
    ],
    ['gone', () => rmSync(cachedGraph())],
    ['without a readable entry', () => writeFileSync(cachedGraph().replace(/onnx$/, 'json'), '{"written"')],
  ])('%s is made again', async (_, damage) => {
    cpSync(folder, cache, { recursive: true });
    const whole = readFileSync(cachedGraph());
    damage();
    expect((await optimizeModel(tinyBert)).cached).toBe(false);
    expect(readFileSync(cachedGraph())).toEqual(whole);
    expect(entries()).toHaveLength(2);
  });
});

test('several processes fill one cache at once', async () => {
  const outcomes = await Promise.all([1, 2, 3].map(() => optimizeElsewhere(tinyBert)));
  expect(outcomes).toEqual(Array.from({ length: 3 }, () => 'optimized'));
  expect(entries()).toHaveLength(2);
  expect((await optimizeModel(tinyBert)).cached).toBe(true);
});

test('a cache that cannot be written costs the speed and nothing else', async () => {
  const file = join(cache, 'file');
  writeFileSync(file, '');
  process.env['SECONDPASS_CACHE'] = file;
  const { path, report } = await optimizeModel(tinyBert);
  expect(path).toBe(graphOf(tinyBert));
  expect(report.reason).toContain('cannot be written');
  const model = await loadCrossEncoder(tinyBert, { workers: 1 });
  expect(await model.score({ query: 'a', passages: ['b'] })).toHaveLength(1);
  await model.close();
});

test('a graph that is left as it is runs, and is not tried again', async () => {
  const directory = damagedCopy('tiny-bert', (copy) => writeFileSync(graphOf(copy), 'not a graph'));
  const first = await optimizeModel(directory);
  expect(first).toMatchObject({
    path: graphOf(directory),
    cached: false,
    report: { outcome: 'left-as-it-is' },
  });
  expect((await optimizeModel(directory)).cached).toBe(true);
  await expect(loadCrossEncoder(directory)).rejects.toMatchObject({ code: 'model-damaged' });
});

describe('a directory of its own', () => {
  test('loads, and gives the same scores', async () => {
    const out = join(cache, 'fast');
    const { path } = await optimizeModel(tinyBert, { out });
    expect(path).toBe(graphOf(out));
    expect(readdirSync(out).sort()).toEqual(readdirSync(tinyBert).sort());
    const request = { query: 'bridge', passages: ['lighthouse', 'a b c'] };
    const scores = [];
    for (const directory of [out, tinyBert]) {
      const model = await loadCrossEncoder(directory, { workers: 1, optimize: false });
      scores.push((await model.score(request)).map(({ rawScore }) => rawScore));
      await model.close();
    }
    for (const [index, score] of scores[0]!.entries()) expect(score).toBeCloseTo(scores[1]![index]!, 5);
  });

  test('is refused where it would overwrite something', async () => {
    copyFileSync(join(tinyBert, 'config.json'), join(cache, 'config.json'));
    for (const out of [cache, join(cache, 'config.json'), join(tinyBert, 'fast')]) {
      await expect(optimizeModel(tinyBert, { out })).rejects.toMatchObject({ code: 'invalid-options' });
    }
  });
});

function optimizeElsewhere(directory: string): Promise<string> {
  const script = `
    import { optimizeModel } from ${JSON.stringify(new URL('../../src/index.ts', import.meta.url).href)};
    const { report } = await optimizeModel(${JSON.stringify(directory)});
    process.stdout.write(report.outcome);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    env: { ...process.env, SECONDPASS_CACHE: cache },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let answer = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    answer += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => resolve(answer));
  });
}
