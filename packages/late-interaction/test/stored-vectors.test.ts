import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Document, type Reranker, TwoStageRetriever } from '@secondpass/core';
import type { PassageEncoder } from '@secondpass/core/extend';
import { type LateInteraction, loadLateInteraction, loadPolyEncoder } from '../src/index.ts';
import { storeTokenVectors } from '../src/store-token-vectors.ts';
import { InMemoryStore } from './in-memory-store.ts';

const directory = fileURLToPath(new URL('./tiny-colbert', import.meta.url));
const documents: readonly Document[] = [
  { id: 'bread', text: 'Flour, water, salt and yeast make bread.' },
  { id: 'light', text: 'The lighthouse warns ships off the harbour.' },
  { id: 'comet', text: 'A comet orbits the sun (slowly).' },
];
const passages = documents.map(({ text }) => text);
const ids = documents.map(({ id }) => id);
const query = 'how is bread baked?';

/** The fingerprint that vectors are stored under, of a copy that has ranges for int8. */
async function fingerprintWithRanges(texts: number): Promise<string> {
  const copy = mkdtempSync(join(tmpdir(), 'tiny-colbert-'));
  cpSync(directory, copy, { recursive: true });
  const graph = createHash('sha256')
    .update(readFileSync(join(copy, 'onnx/model.onnx')))
    .digest('hex');
  const ranges = { version: 1, graph, texts, layers: [] };
  writeFileSync(join(copy, 'onnx/activation_ranges.json'), JSON.stringify(ranges));
  writeFileSync(join(copy, 'secondpass.json'), JSON.stringify({ precision: 'int8' }));
  try {
    const model = await loadLateInteraction(copy, { workers: 1 });
    await model.close();
    return model.passageFingerprint;
  } finally {
    rmSync(copy, { recursive: true });
  }
}

test('stored vectors are out of date once int8 was calibrated again', async () => {
  expect(await fingerprintWithRanges(100)).not.toBe(await fingerprintWithRanges(200));
});

let plain: LateInteraction;
beforeAll(async () => {
  plain = await loadLateInteraction(directory, { workers: 1 });
});
afterAll(() => plain.close());

describe.each([
  ['late interaction', (store: InMemoryStore) => loadLateInteraction(directory, { workers: 1, store })],
  [
    'a poly-encoder',
    (store: InMemoryStore) =>
      loadPolyEncoder(fileURLToPath(new URL('./poly-encoder/tiny-poly-encoder', import.meta.url)), {
        workers: 1,
        store,
      }),
  ],
])('%s with a store', (_, load: (store: InMemoryStore) => Promise<Reranker & PassageEncoder>) => {
  const store = new InMemoryStore();
  let model: Reranker & PassageEncoder;
  beforeAll(async () => {
    model = await load(store);
  });

  test('encodes each passage once, and again only when its text has changed', async () => {
    const fill = (texts: readonly Document[]) =>
      storeTokenVectors({ encoder: model, store, documents: texts, precision: 'float32', batchSize: 2 });
    expect(await fill(documents)).toEqual({ stored: 3, unchanged: 0 });
    expect(await fill(documents)).toEqual({ stored: 0, unchanged: 3 });
    const changed = documents.map((document) =>
      document.id === 'comet' ? { ...document, text: 'A comet has a tail.' } : document,
    );
    expect(await fill(changed)).toEqual({ stored: 1, unchanged: 2 });
  });

  test('scores from the store, and from the text where the store has another or none', async () => {
    const expected = await model.score({ query, passages });
    const reads = store.reads;
    const close = (scores: readonly { rawScore: number }[]) => {
      for (const [index, { rawScore }] of scores.entries()) {
        expect(rawScore).toBeCloseTo(expected[index]!.rawScore, 4);
      }
    };
    close(await model.score({ query, passages, ids }));
    expect(store.reads).toBe(reads + 1);
    close(await model.score({ query, passages, ids: ['bread', 'unknown', 'comet'] }));
    // Vectors under the right digest are believed: that is how one sees that they, not the text, were scored.
    const bread = store.entries.get('bread')!;
    const { vectors } = store.entries.get('light')!;
    store.entries.set('bread', { ...bread, vectors });
    const [first, second] = await model.score({ query, passages, ids });
    expect(first!.rawScore).toBeCloseTo(second!.rawScore, 10);
  });

  test('refuses ids that do not belong to the passages', async () => {
    await expect(model.score({ query, passages, ids: ['bread'] })).rejects.toMatchObject({
      code: 'invalid-options',
      problem: 'There are 1 ids for 3 passages.',
    });
  });

  test('leaves the store open that was passed to it', async () => {
    await model.close?.();
    expect(store.closed).toBe(false);
  });
});

test('a store that scores by itself sends no vectors', async () => {
  const store = new InMemoryStore();
  const asked: number[] = [];
  const scoring = Object.assign(store, {
    async maxSim(vectors: { values: { length: number } }, among: readonly string[]) {
      asked.push(vectors.values.length);
      const entries = [...(await store.digests(among))];
      return new Map(entries.map(([id, digest], index) => [id, { digest, maxSim: index, tokensCut: 7 }]));
    },
  });
  const model = await loadLateInteraction(directory, { workers: 1, store: scoring });
  await storeTokenVectors({ encoder: model, store, documents: documents.slice(0, 2) });
  const scores = await model.score({ query, passages, ids });
  expect(asked).toEqual([12 * 16]);
  expect(scores.slice(0, 2)).toMatchObject([
    { rawScore: 0, tokensCut: 7 },
    { rawScore: 1, score: (1 / 12 + 1) / 2 },
  ]);
  expect(scores[2]!.rawScore).toBeCloseTo((await plain.score({ query, passages }))[2]!.rawScore, 5);
  await model.close();
});

test('the pipeline hands the ids of the candidates to stage 2', async () => {
  let seen: readonly string[] | undefined;
  const retriever = new TwoStageRetriever({
    source: {
      name: 'three',
      input: 'text',
      search: async () =>
        documents.map((document, index) => ({ ...document, score: 1 - index / 10, rank: index + 1 })),
    },
    reranker: {
      name: 'noting',
      async score(request) {
        seen = request.ids;
        return request.passages.map(() => ({ score: 0.5, rawScore: 0, tokensCut: 0 }));
      },
    },
  });
  await retriever.retrieve(query);
  expect(seen).toEqual(ids);
});

test('stops between batches once aborted', async () => {
  const controller = new AbortController();
  const store = new InMemoryStore();
  async function* endless() {
    for (let index = 0; ; index += 1) {
      if (index === 5) controller.abort(new Error('enough'));
      yield { id: String(index), text: `passage ${index}` };
    }
  }
  await expect(
    storeTokenVectors({
      encoder: plain,
      store,
      documents: endless(),
      batchSize: 2,
      signal: controller.signal,
    }),
  ).rejects.toThrow('enough');
  expect(store.entries.size).toBe(4);
});
