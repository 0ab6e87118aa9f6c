/** A real server of OpenAI's dialect: integration/services/infinity/serve.sh starts it. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { RetrievalError } from '@secondpass/core';
import { openAiEmbedder } from '@secondpass/embedder-remote';

const url = process.env['INFINITY_URL'];
const goldens = JSON.parse(
  readFileSync(new URL('../../packages/core/test/models/goldens/goldens.json', import.meta.url), 'utf8'),
) as { pairs: [string, string][]; 'tiny-sentence-bert': number[][] };

(url ? describe : describe.skip)('Infinity (INFINITY_URL)', () => {
  const open = (more: object = {}) => openAiEmbedder({ url: url!, model: 'tiny', retries: 0, ...more });

  test.each(['base64', 'float'] as const)('gives our vectors through our client, as %s', async (encoding) => {
    const embedder = await open({ encoding, maxTextsPerRequest: 7 });
    const expected = goldens['tiny-sentence-bert'];
    const texts = goldens.pairs.slice(0, expected.length).map(([, passage]) => passage);
    const vectors = await embedder.embed({ texts, kind: 'passage' });
    for (const [index, vector] of vectors.entries()) {
      const differences = expected[index]!.map((value, at) => Math.abs(value - vector[at]!));
      expect(Math.max(...differences)).toBeLessThan(1e-5);
    }
  });

  test('cuts vectors when asked to', async () => {
    expect((await open({ dimensions: 16 })).dimensions).toBe(16);
  });

  test('refuses a text of 200,000 characters, and the error is short', async () => {
    const embedder = await open();
    const texts = ['word '.repeat(40_000)];
    const error = await embedder.embed({ texts, kind: 'passage' }).catch((reason: unknown) => reason);
    if (!RetrievalError.is(error)) throw error;
    expect([error.code, error.message.length < 400]).toEqual(['embed-failed', true]);
    expect(error.message).toMatch(/at most 122880 characters/);
  });
});
