import type { ServiceKind } from '@secondpass/service-client';

/** Enough for thousands of vectors as text. */
const longestAnswer = () => 256 * 1024 * 1024;

/** The kind of services that embed. */
export const embeddingService: ServiceKind = {
  failed: 'embed-failed',
  unreachable: 'embedder-unreachable',
  longestAnswer,
  nextSteps: {
    key: 'Set a key that may use this model: apiKey or apiKeyVariable.',
    tooLarge: 'Lower maxTextsPerRequest or maxCharactersPerRequest, or split long texts into passages.',
    tooSlow: 'Check that it runs and has capacity, ask for fewer texts at a time, or raise timeoutMs.',
    unusable: 'Check that url and model are those of an embedding service of this kind.',
  },
};
