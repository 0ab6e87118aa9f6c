import type { ServiceKind } from '@secondpass/service-client';

/** Some services repeat the texts in their answers, where a character can become six bytes. */
const longestAnswer = (sentBytes: number) => 1024 * 1024 + 8 * sentBytes;

/** The kind of services that rerank. */
export const rerankingService: ServiceKind = {
  failed: 'rerank-failed',
  unreachable: 'reranker-unreachable',
  longestAnswer,
  nextSteps: {
    key: 'Set a key that may use this model: apiKey or apiKeyVariable.',
    tooLarge: 'Lower maxDocuments or maxCharacters, or split long texts into passages.',
    tooSlow: 'Check that it runs and has capacity, lower maxDocuments, or raise timeoutMs.',
    unusable: 'Check that service, url and model are those of a reranking service of this kind.',
  },
};
