/** A real Infinity. */
import { afterAll, expect, test } from '@jest/globals';
import { remoteReranker } from '@secondpass/reranker-remote';
import { describeEngine } from '../engines.ts';
import { startInfinity } from '../services/inference-servers.ts';
import { expectNoText, failureOf, testServedReranker } from './served-reranker.ts';
import { passages, query, secretWord } from './served-texts.ts';

const infinity = await startInfinity();

describeEngine('infinity', infinity, (server) => {
  afterAll(() => server.stop());
  const optionsAt = (url: string) => ({ service: 'infinity', url, model: 'small' }) as const;

  testServedReranker({ server, optionsAt, scale: 'logit', tolerance: 2e-5 });

  test('gives probabilities where they are asked for', async () => {
    const remote = await remoteReranker({ ...optionsAt(server.url), scale: 'probability' });
    const logits = await remoteReranker(optionsAt(server.url));
    const scores = await remote.score({ query, passages });
    const expected = await logits.score({ query, passages });
    for (const [index, { rawScore, score }] of scores.entries()) {
      expect(rawScore).toBe(score);
      expect(rawScore).toBeCloseTo(expected[index]!.score, 5);
    }
  });

  test('splits 2,100 passages, more than it takes in one request', async () => {
    const patient = { timeoutMs: 200_000, totalTimeoutMs: 200_000 };
    const remote = await remoteReranker({ ...optionsAt(server.url), ...patient });
    const many = Array.from({ length: 2100 }, (_, at) => (at % 700 === 0 ? 'ship' : 'bread'));
    const scores = await remote.score({ query: 'ship', passages: many });
    expect(scores).toHaveLength(2100);
    const best = scores.flatMap(({ score }, at) => (score > scores[1]!.score + 0.01 ? [at] : []));
    expect(best).toEqual([0, 700, 1400]);
  });

  test('says what it says of too many, though it repeats every one of them', async () => {
    const whole = { maxDocuments: 5000, retries: 0, listwise: true };
    const remote = await remoteReranker({ ...optionsAt(server.url), ...whole });
    const many = Array.from({ length: 2049 }, () => secretWord);
    const error = await failureOf(() => remote.score({ query: secretWord, passages: many }));
    expect([error.code, error.message]).toEqual(['rerank-failed', expect.stringMatching(/422.*2048/)]);
    expectNoText(error);
  });

  test('halves what it says to be too many', async () => {
    const patient = { timeoutMs: 200_000, totalTimeoutMs: 200_000, maxDocuments: 5000 };
    const remote = await remoteReranker({ ...optionsAt(`${server.url}/rerank`), ...patient });
    const many = Array.from({ length: 2049 }, (_, at) => (at % 1024 === 0 ? 'ship' : 'bread'));
    const scores = await remote.score({ query: 'ship', passages: many });
    const best = scores.flatMap(({ score }, at) => (score > scores[1]!.score + 0.01 ? [at] : []));
    expect(best).toEqual([0, 1024, 2048]);
  });

  test('reads 122,880 characters of a longer passage', async () => {
    const remote = await remoteReranker(optionsAt(server.url));
    const long = 'ship '.repeat(26_000);
    const [cut, whole] = await remote.score({ query: 'ship', passages: [long, long.slice(0, 5000)] });
    expect(cut!.rawScore).toBeCloseTo(whole!.rawScore, 3);
  });

  test('answers for its only model whatever name it is asked for', async () => {
    const remote = await remoteReranker({ ...optionsAt(server.url), model: 'nope' });
    expect(await remote.score({ query, passages: ['A ship.'] })).toHaveLength(1);
  });
});
