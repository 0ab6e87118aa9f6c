import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CrossEncoder, loadCrossEncoder, type PassageScore } from '@secondpass/core';
import { rerankerContract } from '../../core/src/testing/index.ts';
import {
  loadPrecomputedCrossEncoder,
  type PassageStateStore,
  type PrecomputedCrossEncoderOptions,
  prunePassages,
} from '../src/index.ts';
import { precomputePassages } from '../src/precompute-passages.ts';
import { PrecomputedPassages } from '../src/precomputed-passages.ts';

const directory = fileURLToPath(new URL('./tiny-gated', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'precomputed-'));
const query = 'how is bread baked';
const passages = [
  'Knead flour, water, salt and yeast, let the dough rise, and bake it in a hot oven.',
  'The lighthouse warns ships off the harbour wall.',
  'A comet is a small body of ice and dust that orbits the sun.',
  'Bread is baked in a hot oven.',
  'Bread.',
];
let whole: CrossEncoder;

beforeAll(async () => {
  whole = await loadCrossEncoder(directory, { workers: 1 });
});
afterAll(async () => {
  await whole.close();
  rmSync(scratch, { recursive: true });
});

const newStore = () => PrecomputedPassages.open({ directory: mkdtempSync(join(scratch, 'store-')) });

async function load(options: Partial<PrecomputedCrossEncoderOptions> = {}, model = directory) {
  return loadPrecomputedCrossEncoder(model, { store: await newStore(), workers: 1, ...options });
}

function modelWith(change: object): string {
  const copy = mkdtempSync(join(scratch, 'model-'));
  cpSync(directory, copy, { recursive: true });
  const file = join(copy, 'secondpass.json');
  const manifest = { ...JSON.parse(readFileSync(file, 'utf8')), ...change };
  writeFileSync(file, JSON.stringify(manifest));
  return copy;
}

function differences(a: readonly PassageScore[], b: readonly PassageScore[]): number[] {
  expect(a).toHaveLength(b.length);
  return a.map(({ rawScore }, index) => Math.abs(rawScore - b[index]!.rawScore));
}

describe('the reranker contract', () => {
  rerankerContract(test, { reranker: () => load(), tolerance: 1e-4 });
});

test.each([
  ['tiny-gated', 'float32', 1e-4],
  ['tiny-gated', 'float16', 0.02],
  ['tiny-gated', 'int8', 0.2],
  // Its states are those after the lower and after all layers, in one vector for each token.
  ['tiny-closed', 'float32', 1e-4],
  ['tiny-closed', 'float16', 0.02],
  ['tiny-closed', 'int8', 0.2],
] as const)(
  'scores of %s with states in %s are those of the whole model to %d',
  async (name, statePrecision, most) => {
    const model = fileURLToPath(new URL(`./${name}`, import.meta.url));
    await using all = await loadCrossEncoder(model, { workers: 1 });
    const expected = await all.score({ query, passages });
    const split = await load({ statePrecision }, model);
    const cold = await split.score({ query, passages });
    expect(Math.max(...differences(cold, expected))).toBeLessThan(most);
    // What is kept is also what was scored, so that a score does not depend on who asked before.
    const warm = await split.score({ query, passages });
    expect(Math.max(...differences(warm, cold))).toBeLessThan(1e-4);
    await split.close();
  },
);

test('passages are computed once, and kept beyond the process', async () => {
  const store = mkdtempSync(join(scratch, 'store-'));
  const first = await load({ store: await PrecomputedPassages.open({ directory: store }) });
  const documents = passages.map((text, index) => ({ id: `${index}`, text }));
  expect(await precomputePassages({ crossEncoder: first, documents, batchSize: 2 })).toEqual({
    stored: 5,
    unchanged: 0,
  });
  const more = [...documents, { id: 'new', text: 'Ships are small.' }];
  expect(await precomputePassages({ crossEncoder: first, documents: more })).toEqual({
    stored: 1,
    unchanged: 5,
  });
  await first.close();
  const opened = await PrecomputedPassages.open({ directory: store });
  const second = await load({ store: opened });
  await second.score({ query, passages });
  expect(await opened.stats()).toMatchObject({ hits: 5, misses: 0, passages: 6 });
  await second.close();
});

test('what a query had to compute is kept for the next one', async () => {
  const store = mkdtempSync(join(scratch, 'store-'));
  const first = await load({ store: await PrecomputedPassages.open({ directory: store }) });
  await first.score({ query, passages: [...passages, passages[0]!] });
  // Closing waits for what is being written.
  await first.close();
  const opened = await PrecomputedPassages.open({ directory: store });
  expect((await opened.stats()).passages).toBe(passages.length);
  const other = await load({ store: opened, statePrecision: 'float16' });
  await other.score({ query, passages });
  expect(await opened.stats()).toMatchObject({ hits: 0, misses: 5 });
  await other.close();
});

test('a store that fails costs time and no answer, and is told of', async () => {
  const failure = new Error('the disk is gone');
  const fail = () => Promise.reject(failure);
  const failures: unknown[] = [];
  const store = { name: 'broken', get: fail, has: fail, put: fail };
  const split = await load({ store, onStoreFailure: (error) => failures.push(error) });
  const scores = await split.score({ query, passages });
  expect(Math.max(...differences(scores, await whole.score({ query, passages })))).toBeLessThan(0.2);
  await split.close();
  expect(failures).toEqual([failure, failure]);
});

test('bytes that are no states of passages are computed anew', async () => {
  const get = (digests: readonly string[]) =>
    Promise.resolve(new Map(digests.map((digest) => [digest, Uint8Array.of(1, 2, 3)])));
  const store = { name: 'strange', get, has: async () => new Set<string>(), put: async () => {} };
  const split = await load({ store, statePrecision: 'float32' });
  const scores = await split.score({ query, passages });
  expect(Math.max(...differences(scores, await whole.score({ query, passages })))).toBeLessThan(1e-4);
  await split.close();
});

test('a long query is cut where the whole model cuts it; of a long passage more is read', async () => {
  const split = await load({ statePrecision: 'float32' });
  const long = 'bread and water '.repeat(40);
  const expected = await whole.score({ query: long, passages });
  const scores = await split.score({ query: long, passages });
  expect(scores.map(({ queryTokensCut }) => queryTokensCut)).toEqual(
    expected.map(({ queryTokensCut }) => queryTokensCut),
  );
  expect(differences(scores, expected)[4]).toBeLessThan(1e-4);
  const [cutHere] = await split.score({ query, passages: [long] });
  const [cutThere] = await whole.score({ query, passages: [long] });
  expect(cutHere!.tokensCut).toBeGreaterThan(0);
  expect(cutHere!.tokensCut).toBeLessThan(cutThere!.tokensCut);
  await split.close();
});

test('an abort in the middle rejects with its reason, and leaves the model as it was', async () => {
  const split = await load();
  const controller = new AbortController();
  const reason = new Error('no longer needed');
  const asked = split.score({ query, passages, signal: controller.signal });
  controller.abort(reason);
  await expect(asked).rejects.toBe(reason);
  expect(await split.score({ query, passages })).toHaveLength(passages.length);
  await split.close();
});

test('a store that does not answer takes a third of the time, and no answer', async () => {
  const get = () => new Promise<never>(() => {});
  const failures: unknown[] = [];
  const store = { name: 'silent', get, has: async () => new Set<string>(), put: async () => {} };
  const split = await load({ store, onStoreFailure: (error) => failures.push(error) });
  const started = performance.now();
  const scores = await split.score({ query, passages, deadlineAt: started + 6_000 });
  expect(performance.now() - started).toBeLessThan(8_000);
  const answered = scores.filter((score) => score !== null);
  expect(Math.max(...differences(answered, await whole.score({ query, passages })))).toBeLessThan(0.2);
  expect(failures).toEqual([expect.objectContaining({ code: 'deadline-exceeded', origin: 'silent' })]);
  await split.close();
});

test('passages for which there was no time are left out, none is waited for', async () => {
  const split = await load();
  const scores = await split.score({ query, passages, deadlineAt: performance.now() - 1 });
  expect(scores).toEqual(passages.map(() => null));
  await split.close();
});

test('a directory that does not state its cut, or a wrong one, is refused', async () => {
  const store = await newStore();
  const refusal = (change: object) => loadPrecomputedCrossEncoder(modelWith(change), { store, workers: 1 });
  await expect(refusal({ closedStates: undefined })).rejects.toThrow('states no "closedStates"');
  await expect(refusal({ closedStates: 'absent' })).rejects.toThrow('no node of the graph makes absent');
  // The first layer that looks across: its states depend on the query.
  await expect(refusal({ closedStates: 'LayerNormalization_265' })).rejects.toThrow('differ from the whole');
  await expect(refusal({ closedStates: 'logits' })).rejects.toMatchObject({ code: 'model-unsupported' });
  await store.close();
});

test('options are checked by name', async () => {
  const store = await newStore();
  const refusal = (options: object) => loadPrecomputedCrossEncoder(directory, { store, ...options });
  await expect(refusal({ store: undefined })).rejects.toThrow('store is missing');
  await expect(refusal({ statePrecision: 'int4' })).rejects.toThrow('statePrecision is "int4"');
  await expect(refusal({ maxQueryShare: 2 })).rejects.toThrow('maxQueryShare is 2');
  await expect(refusal({ workers: 0 })).rejects.toThrow('workers is 0');
  await store.close();
});

test('what no document needs any more leaves the store, and only that', async () => {
  const store = await newStore();
  await using crossEncoder = await load({ store });
  await crossEncoder.precompute(passages);
  const documents = async function* () {
    yield { text: passages[1]! };
    yield { text: 'A text that was never computed.' };
  };
  expect(await prunePassages({ crossEncoder, documents: documents() })).toEqual({ kept: 1, deleted: 4 });
  expect((await store.stats()).passages).toBe(1);
  expect(await crossEncoder.precompute(passages)).toBe(4);
  await store.close();
});

test('a store that cannot delete says so', async () => {
  const store: PassageStateStore = {
    name: 'forgetful',
    get: async () => new Map(),
    has: async () => new Set(),
    put: async () => {},
  };
  await using crossEncoder = await load({ store });
  await expect(prunePassages({ crossEncoder, documents: [] })).rejects.toMatchObject({
    code: 'invalid-options',
    origin: 'forgetful',
  });
});

test('a store that a function opens is closed with the model', async () => {
  const store = await newStore();
  const crossEncoder = await load({ store: async () => store });
  await crossEncoder.close();
  await expect(store.get(['a'])).rejects.toMatchObject({ code: 'closed' });
});
