import { z } from 'zod';
import { type ModelDirectory, readModelJson } from '../model-directory/model-directory.ts';
import type { ModelConfig } from '../model-directory/model-limits.ts';
import type { ModelManifest } from '../model-directory/model-manifest.ts';
import type { CrossEncoderHead } from './head.ts';

const sentenceConfigSchema = z.looseObject({ activation_fn: z.string().nullish() });

/** The settings of a loaded cross-encoder, as an equivalent `secondpass.json`. */
export async function describeManifest(
  { path, manifest }: ModelDirectory,
  config: ModelConfig,
  { scale, relevantLabel, template }: CrossEncoderHead,
  maxTokens: number,
): Promise<ModelManifest> {
  const sentence = await readModelJson(path, 'config_sentence_transformers.json', sentenceConfigSchema);
  const stated =
    sentence?.activation_fn ??
    config.sentence_transformers?.activation_fn ??
    config.sbert_ce_default_activation_function;
  const activation = (['identity', 'sigmoid'] as const).find(
    (known) => known === stated?.split('.').at(-1)?.toLowerCase(),
  );
  return {
    kind: 'cross-encoder',
    ...(activation && { activation }),
    ...(scale === 'two-logit' && { relevantLabel }),
    ...(template && { template }),
    scale,
    maxTokens,
    ...manifest,
  };
}
