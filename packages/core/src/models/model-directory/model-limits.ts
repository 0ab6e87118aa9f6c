import { z } from 'zod';
import { damaged, type ModelDirectory, readModelJson } from './model-directory.ts';

/** What we read of a Hugging Face `config.json`. */
export const modelConfigSchema = z.looseObject({
  architectures: z.array(z.string()).nullish(),
  model_type: z.string().optional(),
  hidden_size: z.int().optional(),
  max_position_embeddings: z.int().optional(),
  pad_token_id: z.int().nullish(),
  num_labels: z.int().optional(),
  id2label: z.record(z.string(), z.string()).optional(),
  classifier_pooling: z.string().optional(),
  classifier_activation: z.string().optional(),
  pooler_hidden_act: z.string().nullish(),
  norm_eps: z.number().optional(),
  sentence_transformers: z.looseObject({ activation_fn: z.string().optional() }).optional(),
  sbert_ce_default_activation_function: z.string().nullish(),
});

/** What this project reads of a Hugging Face `config.json`. */
export type ModelConfig = z.infer<typeof modelConfigSchema>;

const tokenizerConfigSchema = z.looseObject({ model_max_length: z.number().optional() });
const sentenceConfigSchema = z.looseObject({ max_seq_length: z.int().nullish() });

/** A model without its graph. */
type ModelFiles = Pick<ModelDirectory, 'path' | 'name' | 'manifest'>;

/**
 * The `config.json` of a model, with the keys that this project reads.
 *
 * @throws RetrievalError `model-damaged` where it is absent or cannot be parsed
 *
 * @example
 * import { openModelDirectory, readModelConfig } from '@secondpass/core/runtime';
 * import { modelDirectory } from '@secondpass/models';
 * const config = await readModelConfig(await openModelDirectory(modelDirectory('small')));
 * config.model_type; // → 'bert'
 */
export async function readModelConfig(model: ModelFiles): Promise<ModelConfig> {
  const config = await readModelJson(model.path, 'config.json', modelConfigSchema);
  if (!config) throw damaged(model.name, 'config.json is missing');
  return config;
}

/** A decoder gives a number per token and vocabulary entry: at its own limit of 40,000 tokens they would take 24 GB. */
const longestOfDecoder = 1024;

/**
 * Longest input in tokens: the manifest's limit, otherwise the smallest one that the files state
 * (sentence-transformers' own, the tokenizer's, the position table's), otherwise 512. A decoder's is at most 1024,
 * unless the manifest states more.
 *
 * @example
 * import { openModelDirectory, readMaxTokens, readModelConfig } from '@secondpass/core/runtime';
 * import { modelDirectory } from '@secondpass/models';
 * const model = await openModelDirectory(modelDirectory('small'));
 * await readMaxTokens(model, await readModelConfig(model)); // → 512
 */
export async function readMaxTokens(model: ModelFiles, config: ModelConfig): Promise<number> {
  if (model.manifest.maxTokens !== undefined) return model.manifest.maxTokens;
  const sentence = await readModelJson(model.path, 'sentence_bert_config.json', sentenceConfigSchema);
  const tokenizer = await readModelJson(model.path, 'tokenizer_config.json', tokenizerConfigSchema);
  const stated = [sentence?.max_seq_length, tokenizer?.model_max_length, positionsOf(config)].filter(
    // Tokenizers without a limit state 1e30.
    (limit): limit is number => typeof limit === 'number' && limit >= 8 && limit < 1e6,
  );
  if (config.architectures?.[0]?.endsWith('ForCausalLM')) stated.push(longestOfDecoder);
  return stated.length > 0 ? Math.floor(Math.min(...stated)) : 512;
}

/**
 * Tokens that the position table holds, where there is one.
 *
 * @example
 * import { positionsOf } from '@secondpass/core/runtime';
 * positionsOf({ model_type: 'roberta', pad_token_id: 1, max_position_embeddings: 514 }); // → 512
 */
export function positionsOf(config: ModelConfig): number | undefined {
  if (config.max_position_embeddings === undefined) return undefined;
  return config.max_position_embeddings - firstPositionOf(config);
}

const afterPadding = ['roberta', 'xlm-roberta', 'xlm-roberta-xl', 'camembert', 'mpnet'];

/**
 * RoBERTa's family counts positions from its padding id + 1, so that its table of 514 holds 512 tokens.
 *
 * @example
 * import { firstPositionOf } from '@secondpass/core/runtime';
 * firstPositionOf({ model_type: 'roberta', pad_token_id: 1 }); // → 2
 * firstPositionOf({ model_type: 'bert', pad_token_id: 0 }); // → 0
 */
export function firstPositionOf({ model_type, pad_token_id }: ModelConfig): number {
  return afterPadding.includes(model_type ?? '') ? (pad_token_id ?? 1) + 1 : 0;
}
