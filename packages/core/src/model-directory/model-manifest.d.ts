import { z } from 'zod';
/**
 * `secondpass.json`: what cannot be read from Hugging Face's files, or is worth pinning. A model directory works without
 * one; where one is present it has the last word, and the digests in it are checked.
 */
export declare const modelManifestSchema: z.ZodObject<{
    name: z.ZodOptional<z.ZodString>;
    kind: z.ZodOptional<z.ZodEnum<{
        "bi-encoder": "bi-encoder";
        "cross-encoder": "cross-encoder";
    }>>;
    version: z.ZodOptional<z.ZodString>;
    scale: z.ZodOptional<z.ZodEnum<{
        logit: "logit";
        probability: "probability";
        "two-logit": "two-logit";
    }>>;
    maxTokens: z.ZodOptional<z.ZodInt>;
    batchInvariant: z.ZodOptional<z.ZodBoolean>;
    licence: z.ZodOptional<z.ZodString>;
    files: z.ZodOptional<z.ZodRecord<z.ZodString, z.ZodObject<{
        sha256: z.ZodString;
        bytes: z.ZodInt;
    }, z.core.$strip>>>;
}, z.core.$loose>;
export type ModelManifest = z.infer<typeof modelManifestSchema>;
/** How a cross-encoder's output becomes a score. */
export type ScoreScale = NonNullable<ModelManifest['scale']>;
//# sourceMappingURL=model-manifest.d.ts.map