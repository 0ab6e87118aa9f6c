/** LiteLLM's real proxy before a real `secondpass serve`. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type BiEncoder, type CrossEncoder, loadBiEncoder, loadCrossEncoder } from '@secondpass/core';
import { modelDirectory } from '@secondpass/models';
import { describeEngine } from '../engines.ts';
import { passages, query } from '../reranker-remote/served-texts.ts';
import { startLiteLlmBefore } from '../services/inference-servers.ts';
import { serveModels } from '../services/served-models.ts';

jest.setTimeout(300_000);

const key = 'sk-of-the-tests';
const masterKey = 'sk-master';
const served = await serveModels(key);
const liteLlm = await startLiteLlmBefore(served.url, key, masterKey);
afterAll(() => served.stop());

describeEngine('litellm', liteLlm, ({ url, stop }) => {
  let small: CrossEncoder;
  let embedder: BiEncoder;
  beforeAll(async () => {
    small = await loadCrossEncoder(modelDirectory('small'));
    embedder = await loadBiEncoder(modelDirectory('bi-encoder'));
  });
  afterAll(() => Promise.all([stop(), small.close(), embedder.close()]));
  const post = async (path: string, body: object) => {
    const answer = await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${masterKey}` },
      body: JSON.stringify(body),
    });
    return { status: answer.status, body: (await answer.json()) as never };
  };

  test.each(['by-infinity', 'by-cohere', 'by-jina'])('reranks %s', async (model) => {
    const scores = await small.score({ query, passages });
    const { status, body } = await post('/v2/rerank', { model, query, documents: passages });
    expect([status, body]).toEqual([200, expect.anything()]);
    const { results } = body as { results: { index: number; relevance_score: number }[] };
    expect(results).toHaveLength(passages.length);
    for (const { index, relevance_score } of results) {
      expect(relevance_score).toBeCloseTo(scores[index]!.score, 6);
    }
    const best = scores.reduce((at, { score }, index) => (score > scores[at]!.score ? index : at), 0);
    expect(results[0]!.index).toBe(best);
  });

  test('embeds by-openai', async () => {
    const { status, body } = await post('/v1/embeddings', { model: 'by-openai', input: passages });
    expect(status).toBe(200);
    const { data } = body as { data: { embedding: number[] }[] };
    const vectors = await embedder.embed({ texts: passages, kind: 'passage' });
    for (const [index, vector] of vectors.entries()) {
      for (const [at, value] of vector.entries()) expect(data[index]!.embedding[at]).toBeCloseTo(value, 5);
    }
  });
});
