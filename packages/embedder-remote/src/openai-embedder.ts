import { readJson } from '@secondpass/service-client';
import { z } from 'zod';
import type { Dialect } from './dialect.ts';
import { openRemoteEmbedder } from './open-remote-embedder.ts';
import { readVector } from './read-vector.ts';
import type { RemoteEmbedder } from './remote-embedder.ts';
import { checkRemoteOptions, type RemoteOptions } from './remote-options.ts';

/** A service that speaks OpenAI's `/embeddings`, and the model to ask. */
export interface OpenAiOptions extends RemoteOptions {
  /** The address before `/embeddings`, like `baseURL` of the official clients: `https://api.openai.com/v1`. */
  readonly url: string;
  readonly model: string;
  /** The requested form of vectors; base64 is a quarter of the size. Answers may have either form. @default 'base64' */
  readonly encoding?: 'base64' | 'float' | undefined;
}

/**
 * Vectors from OpenAI's `/embeddings`, or from a compatible service (vLLM, Infinity, LM Studio, llama.cpp, LiteLLM …).
 * Opening embeds one text: that shows the vectors' length, and a wrong key or model name early.
 *
 * @param signal ends that first request
 * @throws RetrievalError `invalid-options`, or as `embed` does
 *
 * @example
 * import { openAiEmbedder } from '@secondpass/embedder-remote';
 * await using embedder = await openAiEmbedder({ url: 'http://localhost:8080/v1', model: 'bi-encoder' });
 * const [vector] = await embedder.embed({ texts: ['Why does bread rise?'], kind: 'query' });
 * vector?.length; // → 384
 */
export async function openAiEmbedder(options: OpenAiOptions, signal?: AbortSignal): Promise<RemoteEmbedder> {
  const checked = checkRemoteOptions('openai', options);
  return openRemoteEmbedder(checked, openAiDialect(checked), `openai:${checked.model}`, signal);
}

const answerSchema = z.looseObject({
  // Servers that write protobuf as JSON omit zeros.
  data: z.array(z.looseObject({ index: z.int().min(0).default(0), embedding: z.unknown() })),
  model: z.string().optional(),
});

function openAiDialect({ model, dimensions, encoding = 'base64' }: OpenAiOptions): Dialect {
  return {
    path: '/embeddings',
    maxTextsPerRequest: 256,
    settings: { dialect: 'openai', model },
    bodyOf: (input) => ({
      model,
      input,
      encoding_format: encoding,
      ...(dimensions !== undefined && { dimensions }),
    }),
    read(answer, count) {
      const { data, model: reported } = readJson(answer, answerSchema);
      if (data.length !== count) throw new Error(`it holds ${data.length} vectors for ${count} texts`);
      const vectors: Float32Array[] = new Array(count);
      for (const { index, embedding } of data) {
        if (index >= count) throw new Error(`it holds a vector with the index ${index} for ${count} texts`);
        if (vectors[index]) throw new Error(`it holds two vectors with the index ${index}`);
        vectors[index] = readVector(embedding);
      }
      return { vectors, model: reported };
    },
  };
}
