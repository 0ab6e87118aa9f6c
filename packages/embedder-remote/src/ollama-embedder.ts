import { readJson } from '@secondpass/service-client';
import { z } from 'zod';
import type { Dialect } from './dialect.ts';
import { openRemoteEmbedder } from './open-remote-embedder.ts';
import { readVector } from './read-vector.ts';
import type { RemoteEmbedder } from './remote-embedder.ts';
import { checkRemoteOptions, type RemoteOptions } from './remote-options.ts';

/** An Ollama server and the model to ask. */
export interface OllamaOptions extends RemoteOptions {
  /** The address before `/api/embed`: `http://localhost:11434`. */
  readonly url: string;
  readonly model: string;
  /** Whether a text above the model's limit is cut at its end; otherwise the service refuses it. @default true */
  readonly truncate?: boolean | undefined;
}

/**
 * Vectors from Ollama. Its `/api/tags` gives the digest of the model's weights. Opening embeds one text: that shows the
 * vectors' length and loads the model.
 *
 * @param signal ends these first requests
 * @throws RetrievalError `invalid-options`, or as `embed` does
 *
 * @example
 * import { ollamaEmbedder } from '@secondpass/embedder-remote';
 * await using embedder = await ollamaEmbedder({ url: 'http://localhost:11434', model: 'all-minilm' });
 * const [vector] = await embedder.embed({ texts: ['Why does bread rise?'], kind: 'query' });
 */
export async function ollamaEmbedder(options: OllamaOptions, signal?: AbortSignal): Promise<RemoteEmbedder> {
  const checked = checkRemoteOptions('ollama', options);
  return openRemoteEmbedder(checked, ollamaDialect(checked), `ollama:${checked.model}`, signal);
}

const answerSchema = z.looseObject({ embeddings: z.array(z.unknown()), model: z.string().optional() });
const tagsSchema = z.looseObject({
  models: z.array(z.looseObject({ name: z.string(), digest: z.string().optional() })),
});

function ollamaDialect({ model, truncate = true, dimensions }: OllamaOptions): Dialect {
  return {
    path: '/api/embed',
    maxTextsPerRequest: 64,
    settings: { dialect: 'ollama', model, truncate },
    bodyOf: (input) => ({ model, input, truncate, ...(dimensions !== undefined && { dimensions }) }),
    read(answer, count) {
      const { embeddings, model: reported } = readJson(answer, answerSchema);
      if (embeddings.length !== count)
        throw new Error(`it holds ${embeddings.length} vectors for ${count} texts`);
      return { vectors: embeddings.map(readVector), model: reported };
    },
    about: {
      path: '/api/tags',
      read(answer) {
        // A model name without a tag means `latest`.
        const full = model.includes(':') ? model : `${model}:latest`;
        const { models } = readJson(answer, tagsSchema);
        return { revision: models.find(({ name }) => name === full)?.digest };
      },
    },
  };
}
