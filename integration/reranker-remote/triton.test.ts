/** A real Triton server: KServe's protocol with tensors as JSON and as bytes. */
import { afterAll, describe, expect, test } from '@jest/globals';
import { remoteReranker } from '@secondpass/reranker-remote';
import { describeEngine } from '../engines.ts';
import { servedModel, startTriton } from '../services/inference-servers.ts';
import { expectNoText, failureOf, testServedReranker } from './served-reranker.ts';
import { secretWord } from './served-texts.ts';

const triton = await startTriton();

describeEngine('triton', triton, (server) => {
  afterAll(() => server.stop());
  const optionsAt = (url: string) =>
    ({ service: 'kserve', url, model: 'small', directory: servedModel }) as const;

  describe('tensors as bytes', () => {
    testServedReranker({
      server,
      optionsAt: (url) => ({ ...optionsAt(url), tensors: 'binary' }),
      scale: 'logit',
      tolerance: 2e-5,
    });
  });

  test('says while it opens that the server has no such model', async () => {
    const error = await failureOf(() => remoteReranker({ ...optionsAt(server.url), model: 'nope' }));
    expect(error.code).toBe('rerank-failed');
    expect(error.message).toMatch(/nope/);
  });

  test('says what the server says of more pairs than it takes, without the texts', async () => {
    const whole = { maxDocuments: 17, retries: 0, listwise: true };
    const remote = await remoteReranker({ ...optionsAt(server.url), ...whole });
    const passages = Array.from({ length: 17 }, () => secretWord);
    const error = await failureOf(() => remote.score({ query: secretWord, passages }));
    expect(error.code).toBe('rerank-failed');
    expect(error.message).toMatch(/17|batch/);
    expectNoText(error);
  });

  test('halves what it says to be more pairs than it takes', async () => {
    const remote = await remoteReranker({ ...optionsAt(server.url), maxDocuments: 17, retries: 0 });
    const passages = Array.from({ length: 17 }, (_, at) => (at === 16 ? 'A ship at sea.' : 'Bread.'));
    const scores = await remote.score({ query: 'ship', passages });
    const fitting = await remoteReranker(optionsAt(server.url));
    const [bread, ship] = await fitting.score({ query: 'ship', passages: ['Bread.', 'A ship at sea.'] });
    expect(scores).toHaveLength(17);
    expect(scores[0]!.rawScore).toBeCloseTo(bread!.rawScore, 3);
    expect(scores[16]!.rawScore).toBeCloseTo(ship!.rawScore, 3);
  });
});
