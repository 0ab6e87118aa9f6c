import { RetrievalError } from '@secondpass/core';
import { describeValue } from '@secondpass/core/extend';
import { type OllamaOptions, ollamaEmbedder } from './ollama-embedder.ts';
import { type OpenAiOptions, openAiEmbedder } from './openai-embedder.ts';
import type { RemoteEmbedder } from './remote-embedder.ts';
import { type TeiOptions, teiEmbedder } from './tei-embedder.ts';

/** The options of a dialect as data. */
export type RemoteConfig =
  | (OpenAiOptions & { readonly dialect: 'openai' })
  | (TeiOptions & { readonly dialect: 'tei' })
  | (OllamaOptions & { readonly dialect: 'ollama' });

const embedders = { openai: openAiEmbedder, tei: teiEmbedder, ollama: ollamaEmbedder };

/**
 * Opens a remote embedder from data.
 *
 * @param signal ends the first requests
 * @throws RetrievalError `invalid-config`, naming the key; or as `embed` does
 *
 * @example
 * import { embedderFromConfig } from '@secondpass/embedder-remote';
 * const config = { dialect: 'openai', url: 'http://localhost:8080/v1', model: 'bi-encoder' } as const;
 * await using embedder = await embedderFromConfig(config);
 * embedder.dimensions; // → 384
 */
export async function embedderFromConfig(
  config: RemoteConfig,
  signal?: AbortSignal,
): Promise<RemoteEmbedder> {
  const { dialect, ...options } = (config ?? {}) as RemoteConfig;
  const origin = 'embedder-remote';
  if (typeof dialect !== 'string' || !Object.hasOwn(embedders, dialect)) {
    throw new RetrievalError({
      code: 'invalid-config',
      origin,
      problem: `dialect is ${dialect === undefined ? 'missing' : describeValue(dialect)}.`,
      nextStep: `Use one of ${Object.keys(embedders).join(', ')}.`,
      path: ['dialect'],
    });
  }
  try {
    return await embedders[dialect](options as OpenAiOptions & TeiOptions & OllamaOptions, signal);
  } catch (error) {
    if (!RetrievalError.is(error) || error.code !== 'invalid-options') throw error;
    const { problem, nextStep, origin: refuser, path } = error;
    throw new RetrievalError({
      code: 'invalid-config',
      origin: refuser,
      problem,
      nextStep,
      ...(path && { path }),
      cause: error,
    });
  }
}
