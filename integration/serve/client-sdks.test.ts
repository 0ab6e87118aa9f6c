/** A real `secondpass serve`, asked by the Python clients that people have. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type BiEncoder, type CrossEncoder, loadBiEncoder, loadCrossEncoder } from '@secondpass/core';
import { modelDirectory } from '@secondpass/models';
import { describeEngine } from '../engines.ts';
import { passages, query } from '../reranker-remote/served-texts.ts';
import { openClientSdks } from '../services/client-sdks.ts';
import { type ServedModels, serveModels } from '../services/served-models.ts';

// Some of the clients import for ten seconds on a busy machine.
jest.setTimeout(300_000);

const key = 'sk-of-the-tests';

describeEngine('client-sdks', await openClientSdks(), ({ ask }) => {
  let served: ServedModels;
  let small: CrossEncoder;
  let embedder: BiEncoder;
  beforeAll(async () => {
    [served, small, embedder] = await Promise.all([
      serveModels(key),
      loadCrossEncoder(modelDirectory('small')),
      loadBiEncoder(modelDirectory('bi-encoder')),
    ]);
  });
  afterAll(async () => {
    await Promise.all([small.close(), embedder.close()]);
    expect(await served.stop()).toBe(0);
  });
  const answer = (client: string) =>
    ask({ client, url: served.url, api_key: key, model: 'small', query, documents: passages });

  test.each([
    'cohere',
    'cohere_v1',
    'voyage',
    'infinity',
    'langchain',
    'llama_index',
    'haystack_cohere',
    'haystack_jina',
  ])('%s reads the scores of the library, best first', async (client) => {
    const scores = await small.score({ query, passages });
    const expected = scores
      .map(({ score }, index) => ({
        index,
        score: expect.closeTo(score, 6) as unknown as number,
        by: score,
      }))
      .sort((a, b) => b.by - a.by)
      .slice(0, 3)
      .map(({ index, score }) => ({ index, score }));
    expect(await answer(client)).toEqual(expected);
  });

  test('openai reads the vectors of the library', async () => {
    const vectors = await embedder.embed({ texts: passages, kind: 'passage' });
    const read = (await answer('openai')) as number[][];
    expect(read).toHaveLength(vectors.length);
    for (const [index, vector] of vectors.entries()) {
      for (const [at, value] of vector.entries()) expect(read[index]![at]).toBeCloseTo(value, 5);
    }
  });

  test('a refusal is shown in their own errors', async () => {
    expect(await answer('cohere_refused')).toMatch(/Send a known key/);
    expect(await answer('voyage_refused')).toMatch(/no such reranker\. Served here: small/);
  });
});
