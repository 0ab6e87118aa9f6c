import { fileURLToPath } from 'node:url';
import { createCohere } from '@ai-sdk/cohere';
import { afterAll, beforeAll, describe, test } from '@jest/globals';
import type { Reranker } from '@secondpass/core';
import { rerankerContract } from '@secondpass/core/testing';
import { type Answer, type ReplayServer, startServer } from '../../service-client/test/replay-server.ts';
import { aiSdkReranker, type RemoteRerankerOptions, remoteReranker } from '../src/index.ts';
import { kserveAnswers } from './kserve-server.ts';
import { serviceAnswers } from './service-answers.ts';

const directory = fileURLToPath(new URL('../../core/test/models/goldens/tiny-bert', import.meta.url));
const score = (ids: readonly number[], typeIds: readonly number[]) => [
  ids.reduce((sum, id, at) => (sum * 31 + id * (at + typeIds[at]!)) % 1000, 1) / 100 - 5,
];
const kserve = kserveAnswers({ score, maxBatch: 2 });

function underContract(name: string, answer: Answer, open: (url: string) => Promise<Reranker>): void {
  describe(name, () => {
    let server: ReplayServer;
    beforeAll(async () => {
      server = await startServer(answer);
    });
    afterAll(() => server.close());
    rerankerContract(test, { reranker: () => open(server.url), tolerance: 0 });
  });
}

const remote =
  (options: object) =>
  (url: string): Promise<Reranker> =>
    remoteReranker({ url, ...options } as RemoteRerankerOptions);

for (const service of ['cohere', 'jina', 'voyage', 'infinity', 'vllm'] as const) {
  underContract(service, serviceAnswers[service], remote({ service, model: 'ce' }));
}
underContract('tei', serviceAnswers.tei, remote({ service: 'tei' }));
underContract('tei, probabilities', serviceAnswers.tei, remote({ service: 'tei', scale: 'probability' }));
underContract('vllm, logits', serviceAnswers.vllm, remote({ service: 'vllm', scale: 'logit' }));
underContract(
  'elasticsearch',
  serviceAnswers.elasticsearch,
  remote({ service: 'elasticsearch', model: 'my-rerank', scale: 'logit' }),
);
underContract(
  'cohere in requests of two documents',
  serviceAnswers.cohere,
  remote({ service: 'cohere', model: 'ce', maxDocuments: 2, compress: true }),
);
underContract('kserve in JSON', kserve, remote({ service: 'kserve', model: 'ce', directory }));
underContract(
  'kserve in binary tensors',
  kserve,
  remote({ service: 'kserve', model: 'ce', directory, tensors: 'binary' }),
);
underContract("the AI SDK's cohere provider", serviceAnswers.cohere, async (baseURL) =>
  aiSdkReranker({ model: createCohere({ baseURL, apiKey: 'k' }).reranking('rerank-v3.5') }),
);
