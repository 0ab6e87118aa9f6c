import { readJson } from '@secondpass/service-client';
import { z } from 'zod';
import type { Dialect } from './dialect.ts';
import { openRemoteEmbedder } from './open-remote-embedder.ts';
import { readVector } from './read-vector.ts';
import type { RemoteEmbedder } from './remote-embedder.ts';
import { checkRemoteOptions, type RemoteOptions } from './remote-options.ts';

/** A Text Embeddings Inference server. */
export interface TeiOptions extends RemoteOptions {
  /** The address before `/embed`: `http://localhost:8080`. */
  readonly url: string;
  /** Whether vectors are scaled to length 1. @default true, as the service does */
  readonly unitLength?: boolean | undefined;
  /** Whether a text above the model's limit is cut at its end; otherwise the service refuses it. @default true */
  readonly truncate?: boolean | undefined;
  /** Names of prompts in the model's own files; the service puts the prompt before each text. @default none */
  readonly promptNames?:
    | { readonly query?: string | undefined; readonly passage?: string | undefined }
    | undefined;
}

/**
 * Vectors from Hugging Face's Text Embeddings Inference. Its `/info` gives the model's name, its revision and the batch
 * limit. Opening embeds one text: that shows the vectors' length.
 *
 * @param signal ends these first requests
 * @throws RetrievalError `invalid-options`, or as `embed` does
 *
 * @example
 * import { teiEmbedder } from '@secondpass/embedder-remote';
 * await using embedder = await teiEmbedder({ url: 'http://localhost:8080' });
 * const [vector] = await embedder.embed({ texts: ['Yeast makes dough rise.'], kind: 'passage' });
 * vector?.length; // → 384
 */
export async function teiEmbedder(options: TeiOptions, signal?: AbortSignal): Promise<RemoteEmbedder> {
  const checked = checkRemoteOptions('tei', options);
  return openRemoteEmbedder(checked, teiDialect(checked), `tei:${new URL(checked.url).host}`, signal);
}

const answerSchema = z.array(z.unknown());
const infoSchema = z.looseObject({
  model_id: z.string().optional(),
  model_sha: z.string().nullish(),
  max_client_batch_size: z.int().min(1).optional(),
});

function teiDialect({
  unitLength = true,
  truncate = true,
  promptNames = {},
  dimensions,
}: TeiOptions): Dialect {
  return {
    path: '/embed',
    // The service's default limit; /info gives the real one.
    maxTextsPerRequest: 32,
    settings: { dialect: 'tei', unitLength, truncate, promptName: promptNames.passage ?? null },
    bodyOf: (inputs, kind) => ({
      inputs,
      normalize: unitLength,
      truncate,
      ...(promptNames[kind] !== undefined && { prompt_name: promptNames[kind] }),
      ...(dimensions !== undefined && { dimensions }),
    }),
    read(answer, count) {
      const vectors = readJson(answer, answerSchema);
      if (vectors.length !== count) throw new Error(`it holds ${vectors.length} vectors for ${count} texts`);
      return { vectors: vectors.map(readVector) };
    },
    about: {
      path: '/info',
      read(answer) {
        const { model_id, model_sha, max_client_batch_size } = readJson(answer, infoSchema);
        return { model: model_id, revision: model_sha ?? undefined, maxTexts: max_client_batch_size };
      },
    },
  };
}
