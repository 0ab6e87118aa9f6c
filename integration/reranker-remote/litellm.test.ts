/** LiteLLM's real proxy before a real Infinity, asked as Cohere is. */
import { afterAll, describe, expect, test } from '@jest/globals';
import { remoteReranker } from '@secondpass/reranker-remote';
import { describeEngine } from '../engines.ts';
import { startInfinity, startLiteLlm } from '../services/inference-servers.ts';
import { expectNoText, failureOf, testServedReranker } from './served-reranker.ts';
import { passages, query, secretWord } from './served-texts.ts';

const apiKey = 'sk-integration-tests';
const infinity = await startInfinity();
const liteLlm = 'notRun' in infinity ? infinity : await startLiteLlm(infinity.url, apiKey);

describeEngine('litellm', liteLlm, (server) => {
  afterAll(async () => {
    await server.stop();
    if (!('notRun' in infinity)) await infinity.stop();
  });
  const optionsAt = (url: string) =>
    ({ service: 'cohere', url: `${url}/v2`, model: 'small', apiKey }) as const;

  describe('/v2/rerank', () => {
    testServedReranker({ server, optionsAt, scale: 'probability', tolerance: 1e-5 });
  });

  test('/rerank gives the same', async () => {
    const [one, other] = [
      await remoteReranker(optionsAt(server.url)),
      await remoteReranker({ ...optionsAt(server.url), url: server.url }),
    ];
    const scores = await one.score({ query, passages });
    for (const [index, { rawScore }] of (await other.score({ query, passages })).entries()) {
      expect(rawScore).toBeCloseTo(scores[index]!.rawScore, 5);
    }
  });

  test('says what it says of a wrong key, and not the key', async () => {
    const remote = await remoteReranker({ ...optionsAt(server.url), apiKey: 'sk-quite-wrong', retries: 0 });
    const error = await failureOf(() => remote.score({ query, passages: [secretWord] }));
    expect(error.code).toBe('rerank-failed');
    expect(error.message).not.toMatch(/quite-wrong/);
    expectNoText(error);
  });

  test('says what it says of a model that it has not', async () => {
    const remote = await remoteReranker({ ...optionsAt(server.url), model: 'nope', retries: 0 });
    const error = await failureOf(() => remote.score({ query, passages: [secretWord] }));
    expect([error.code, error.message]).toEqual(['rerank-failed', expect.stringMatching(/40\d.*nope/)]);
    expectNoText(error);
  });

  test('says what is said behind it of too many passages, though they are repeated', async () => {
    const whole = { maxDocuments: 5000, retries: 0, listwise: true };
    const remote = await remoteReranker({ ...optionsAt(server.url), ...whole });
    const many = Array.from({ length: 2049 }, () => secretWord);
    const error = await failureOf(() => remote.score({ query, passages: many }));
    expect(error.code).toBe('rerank-failed');
    expectNoText(error);
  });
});
