import { z } from 'zod';
import { isInsideModel } from './model-file.ts';
import { promptTemplateNames, promptTemplateSchema } from './prompt-template.ts';

/**
 * `secondpass.json`: what cannot be read from Hugging Face's files, or is worth pinning. A model directory works without
 * one; if one is present, it overrides the other files, and its digests are checked.
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
  /** Which of two logits is the relevant one. @default what `id2label` states, otherwise 1 */
  relevantLabel: z.int().min(0).max(1).optional(),
  /** What sentence-transformers shows of a logit: `rawScore` here (`identity`) or `score` (`sigmoid`). Changes nothing here. */
  activation: z.enum(['identity', 'sigmoid']).optional(),
  /** A decoder's prompt: a known one by name, or its own. */
  template: z
    .union([z.enum(promptTemplateNames), promptTemplateSchema], {
      error: `is none of ${promptTemplateNames.join(', ')}, nor a prompt with pieces and yes`,
    })
    .optional(),
  /** The instruction that a decoder gets in place of its template's own. */
  instruction: z.string().min(1).optional(),
  /**
   * The side on which shorter sequences of a batch are padded; `left` for decoder graphs that give the last column
   * only.
   */
  paddingSide: z.enum(['left', 'right']).optional(),
  /** Longest input in tokens, special ones included. */
  maxTokens: z.int().min(8).optional(),
  /**
   * The precision in which `onnx/model_quantized.onnx` computes: `fp32` if only its weights are stored as int8.
   * @default 'int8'
   */
  arithmetic: z.enum(['fp32', 'int8']).optional(),
  /** The precision if no option states one. @default 'fp32' if the model has it */
  precision: z.enum(['fp32', 'int8']).optional(),
  /** Whether a score does not depend on the rest of the batch; false for dynamically quantized activations. */
  batchInvariant: z.boolean().optional(),
  /**
   * The graph's value (fp32, [batch, sequence, numbers]) up to which query and passage do not attend to each other
   * and positions restart at the passage, so that the passage's part of it can be computed before any query is known.
   */
  closedStates: z.string().min(1).optional(),
  /**
   * The weight of stage 1 in a blend with a cross-encoder, if stage 1's score is the cosine of this embedder:
   * `Reranker.defaultBlend`.
   */
  blend: z
    .object({
      weight: z.number().gt(0).max(1),
      embedder: z.object({
        name: z.string().min(1),
        fingerprints: z.array(z.string().regex(/^[0-9a-f]{64}$/)).min(1),
      }),
    })
    .optional(),
  license: z.string().optional(),
  files: z
    .record(z.string(), z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/), bytes: z.int().min(0) }))
    .refine((files) => Object.keys(files).every(isInsideModel), 'names a file outside of the directory')
    .optional(),
});

/** The keys of a model's `secondpass.json`. */
export type ModelManifest = z.infer<typeof modelManifestSchema>;

/** How a cross-encoder's output becomes a score. */
export type ScoreScale = NonNullable<ModelManifest['scale']>;
