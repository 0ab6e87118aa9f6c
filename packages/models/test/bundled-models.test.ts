import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { indexDocuments, loadBiEncoder, loadCrossEncoder, TwoStageRetriever } from '@secondpass/core';
import { inspectModelDirectory } from '@secondpass/core/models';
import { inMemorySource } from '@secondpass/core/testing';
import { type BundledModel, modelDirectory, modelNames } from '../src/index.ts';

/** Written by integration/goldens/score_bundled_models.py with Python's onnxruntime and tokenizers. */
interface Goldens {
  readonly query: string;
  readonly passages: readonly string[];
  readonly small: readonly number[];
  readonly nano: readonly number[];
  readonly 'bi-encoder': readonly number[];
}

const goldens: Goldens = JSON.parse(readFileSync(new URL('./goldens.json', import.meta.url), 'utf8'));
const { query, passages } = goldens;
const precisions = ['fp32', 'int8'] as const;
/** ONNX Runtime rounds differently from processor to processor. */
const tolerance = 1e-3;

describe('the bundled models', () => {
  test.each(modelNames)('%s is whole: every digest is that of its manifest', async (name) => {
    const { files, problems } = await inspectModelDirectory(modelDirectory(name));
    expect(problems).toEqual([]);
    expect(files.filter(({ state }) => state === 'ok').length).toBeGreaterThanOrEqual(3);
  });

  test('take less than 65 MB together, 25 MB a graph, and 12 MB that of nano', async () => {
    const inspections = await Promise.all(
      modelNames.map((name) => inspectModelDirectory(modelDirectory(name))),
    );
    const files = inspections.flatMap((inspection) => inspection.files);
    expect(files.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(65e6);
    for (const { bytes } of files) expect(bytes).toBeLessThan(25e6);
    const nano = inspections[modelNames.indexOf('nano')]!;
    for (const { bytes } of nano.files) expect(bytes).toBeLessThan(12e6);
  });

  test.each(['small', 'nano'] as const)(
    '%s gives the scores that Python gives in fp32, in a batch and alone',
    async (name) => {
      const model = await loadCrossEncoder(modelDirectory(name), { workers: 1, precision: 'fp32' });
      const scores = await model.score({ query, passages });
      for (const [index, { rawScore }] of scores.entries()) {
        expect(Math.abs(rawScore - goldens[name][index]!)).toBeLessThan(tolerance);
        const [alone] = await model.score({ query, passages: [passages[index]!] });
        expect(Math.abs(alone!.rawScore - rawScore)).toBeLessThan(1e-4);
      }
      await model.close();
    },
  );

  test.each(['small', 'nano'] as const)(
    '%s computes in int8 where nobody asks: near the same scores, alone as in a batch',
    async (name) => {
      const model = await loadCrossEncoder(modelDirectory(name), { workers: 1 });
      expect(model.precision).toBe('int8');
      const scores = await model.score({ query, passages });
      for (const [index, { rawScore }] of scores.entries()) {
        // On four development collections the largest difference of small was 0.15, where scores spread by 0.9.
        expect(Math.abs(rawScore - goldens[name][index]!)).toBeLessThan(0.25);
        const [alone] = await model.score({ query, passages: [passages[index]!] });
        expect(Math.abs(alone!.rawScore - rawScore)).toBeLessThan(1e-4);
      }
      await model.close();
    },
  );

  test('bi-encoder gives the similarities that Python gives', async () => {
    const model = await loadBiEncoder(modelDirectory('bi-encoder'), { workers: 1 });
    const [asked, ...found] = await model.embed({ texts: [query, ...passages], kind: 'passage' });
    for (const [index, vector] of found.entries()) {
      expect(Math.abs(cosine(vector, asked!) - goldens['bi-encoder'][index]!)).toBeLessThan(tolerance);
    }
    await model.close();
  });

  test('bi-encoder computes in int8 on request: near the same vectors, alone as in a batch', async () => {
    const [fp32, int8] = await Promise.all(
      precisions.map((precision) => loadBiEncoder(modelDirectory('bi-encoder'), { workers: 1, precision })),
    );
    expect(int8!.precision).toBe('int8');
    const texts = [query, ...passages];
    const expected = await fp32!.embed({ texts, kind: 'passage' });
    for (const [index, vector] of (await int8!.embed({ texts, kind: 'passage' })).entries()) {
      // Without VNNI, weights are rounded more coarsely.
      expect(cosine(vector, expected[index]!)).toBeGreaterThan(0.98);
      const [alone] = await int8!.embed({ texts: [texts[index]!], kind: 'passage' });
      expect(cosine(vector, alone!)).toBeGreaterThan(1 - 1e-5);
    }
    await Promise.all([fp32!.close(), int8!.close()]);
  });

  test('bi-encoder computes in fp32 where nobody asks, so that vectors stay those of older indexes', async () => {
    const model = await loadBiEncoder(modelDirectory('bi-encoder'), { workers: 1 });
    expect(model.precision).toBe('fp32');
    await model.close();
  });

  test.each(precisions.flatMap((precision) => [['small', precision] as const, ['nano', precision] as const]))(
    '%s is blended with a search by the bundled bi-encoder in %s',
    async (name, precision) => {
      const embedder = await loadBiEncoder(modelDirectory('bi-encoder'), { workers: 1, precision });
      const reranker = await loadCrossEncoder(modelDirectory(name), { workers: 1 });
      const { source, writer } = inMemorySource();
      const documents = passages.map((text, index) => ({ id: `p${index}`, text }));
      await indexDocuments({ documents, embedder, writer });
      const retriever = new TwoStageRetriever({ source, embedder, reranker, topK: 3 });
      expect(reranker.defaultBlend?.embedder.fingerprints[precisions.indexOf(precision)]).toBe(
        embedder.fingerprint,
      );
      const ranking = await retriever.retrieve(query);
      expect(ranking.blend).toBe(reranker.defaultBlend!.weight);
      expect(ranking.hits[0]).toHaveProperty('blended');
      expect(await retriever.retrieve(query, { blend: 0 })).not.toHaveProperty('blend');
      await retriever.close();
    },
  );

  test('a name that is none of them is refused', () => {
    expect(() => modelDirectory('large' as BundledModel)).toThrow('"large"');
  });
});

/** Of vectors of length 1. */
function cosine(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, at) => sum + value * b[at]!, 0);
}
