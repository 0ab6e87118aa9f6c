import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { RetrievalError } from '@secondpass/core';
import { damaged, readModelJson } from '@secondpass/core/runtime';
import { z } from 'zod';

/** The two graphs: `input_ids` → query vectors [batch, codes, dimensions], and → passage vector [batch, dimensions]. */
export const graphs = { query: 'onnx/query.onnx', passage: 'onnx/passage.onnx' } as const;

/** Files of a poly-encoder's directory. */
export const polyEncoderFiles = ['poly_encoder.json', 'tokenizer.json', ...Object.values(graphs)] as const;

/** `poly_encoder.json`: settings that the graphs do not contain. */
const settingsSchema = z.object({
  name: z.string().min(1).optional(),
  /** How many vectors a query gets. */
  codes: z.int().min(1),
  dimensions: z.int().min(1),
  /** Longest texts in tokens, special ones included. */
  maxQueryTokens: z.int().min(4),
  maxPassageTokens: z.int().min(4),
  /** The sigmoid of `slope` · raw score + `offset` is the relevance. */
  slope: z.number().positive().default(1),
  offset: z.number().default(0),
});

/** The keys of a `poly_encoder.json`. */
export type PolyEncoderSettings = z.infer<typeof settingsSchema>;

export interface PolyEncoderDirectory {
  readonly path: string;
  readonly name: string;
  readonly settings: PolyEncoderSettings;
}

/**
 * Checks the files of a poly-encoder, and reads its settings. No model is loaded.
 *
 * @throws RetrievalError `model-not-found` when a file is missing, `model-damaged`
 *
 * @example
 * import { openPolyEncoderDirectory } from '@secondpass/late-interaction';
 * const { settings } = await openPolyEncoderDirectory('models/poly-encoder');
 * typeof settings; // → 'object'
 */
export async function openPolyEncoderDirectory(directory: string): Promise<PolyEncoderDirectory> {
  const path = resolve(directory);
  for (const file of polyEncoderFiles) {
    if ((await stat(join(path, file)).catch(() => undefined))?.isFile()) continue;
    throw new RetrievalError({
      code: 'model-not-found',
      origin: basename(path),
      problem: `${file} is missing in ${path}.`,
      nextStep:
        'A poly-encoder has poly_encoder.json, tokenizer.json, onnx/query.onnx and onnx/passage.onnx.',
    });
  }
  const settings = await readModelJson(path, 'poly_encoder.json', settingsSchema);
  if (!settings) throw damaged(basename(path), 'poly_encoder.json is missing');
  return { path, name: settings.name ?? basename(path), settings };
}
