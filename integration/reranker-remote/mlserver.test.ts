/** A real MLServer: KServe's protocol with tensors as JSON, from a server that does not say what its model reads. */
import { afterAll, describe, expect, test } from '@jest/globals';
import { remoteReranker } from '@secondpass/reranker-remote';
import { describeEngine } from '../engines.ts';
import { servedModel, startMlServer } from '../services/inference-servers.ts';
import { expectNoText, failureOf, testServedReranker } from './served-reranker.ts';
import { secretWord } from './served-texts.ts';

const mlServer = await startMlServer();

describeEngine('mlserver', mlServer, (server) => {
  afterAll(() => server.stop());
  const optionsAt = (url: string) =>
    ({ service: 'kserve', url, model: 'small', directory: servedModel }) as const;

  describe('tensors as JSON', () => {
    testServedReranker({ server, optionsAt, scale: 'logit', tolerance: 2e-5 });
  });

  test('says while it opens that the server has no such model', async () => {
    const error = await failureOf(() => remoteReranker({ ...optionsAt(server.url), model: 'nope' }));
    expect(error.code).toBe('rerank-failed');
    expect(error.message).toMatch(/404.*nope/);
  });

  test('says that it is not asked in binary', async () => {
    const remote = await remoteReranker({ ...optionsAt(server.url), tensors: 'binary', retries: 0 });
    const error = await failureOf(() => remote.score({ query: secretWord, passages: [secretWord] }));
    expect(['rerank-failed', 'model-output-invalid']).toContain(error.code);
    expectNoText(error);
  });
});
