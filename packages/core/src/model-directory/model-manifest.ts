import { z } from 'zod';

/**
 * `secondpass.json`: what cannot be read from Hugging Face's files, or is worth pinning. A model directory works without
 * one; where one is present it has the last word, and the digests in it are checked.
 */
export const modelManifestSchema = z.looseObject({
  name: z.string().min(1).optional(),
  kind: z.enum(['cross-encoder', 'bi-encoder']).optional(),
  version: z.string().optional(),
  /**
   * What a cross-encoder's output means: `logit`, one number per pair; `two-logit`, one for "not relevant" and one for
   * "relevant"; `probability`, one number in [0, 1].
   */
  scale: z.enum(['logit', 'two-logit', 'probability']).optional(),
  /** Longest input in tokens, special ones included. */
  maxTokens: z.int().min(8).optional(),
  /** Whether a score is free of what else is in the batch; false for dynamically quantised activations. */
  batchInvariant: z.boolean().optional(),
  licence: z.string().optional(),
  files: z
    .record(z.string(), z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/), bytes: z.int().min(0) }))
    .optional(),
});

export type ModelManifest = z.infer<typeof modelManifestSchema>;

/** How a cross-encoder's output becomes a score. */
export type ScoreScale = NonNullable<ModelManifest['scale']>;
