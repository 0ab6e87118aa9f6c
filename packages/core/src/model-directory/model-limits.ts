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
});

export type ModelConfig = z.infer<typeof modelConfigSchema>;

const tokenizerConfigSchema = z.looseObject({ model_max_length: z.number().optional() });
const sentenceConfigSchema = z.looseObject({ max_seq_length: z.int().nullish() });

export async function readModelConfig(model: ModelDirectory): Promise<ModelConfig> {
  const config = await readModelJson(model.path, 'config.json', modelConfigSchema);
  if (!config) throw damaged(model.name, 'config.json is missing');
  return config;
}

/**
 * Longest input in tokens: the manifest's word, else the smallest that the files state (sentence-transformers' own limit,
 * the tokenizer's, the position table's), else 512.
 */
export async function readMaxTokens(model: ModelDirectory, config: ModelConfig): Promise<number> {
  if (model.manifest.maxTokens !== undefined) return model.manifest.maxTokens;
  const sentence = await readModelJson(model.path, 'sentence_bert_config.json', sentenceConfigSchema);
  const tokenizer = await readModelJson(model.path, 'tokenizer_config.json', tokenizerConfigSchema);
  const stated = [sentence?.max_seq_length, tokenizer?.model_max_length, positionsOf(config)].filter(
    // Tokenizers without a limit state 1e30.
    (limit): limit is number => typeof limit === 'number' && limit >= 8 && limit < 1e6,
  );
  return stated.length > 0 ? Math.floor(Math.min(...stated)) : 512;
}

/** RoBERTa's family counts positions from its padding id + 1, so that its table of 514 holds 512 tokens. */
function positionsOf({ model_type, max_position_embeddings, pad_token_id }: ModelConfig): number | undefined {
  if (max_position_embeddings === undefined) return undefined;
  const offset = ['roberta', 'xlm-roberta', 'camembert'].includes(model_type ?? '')
    ? (pad_token_id ?? 1) + 1
    : 0;
  return max_position_embeddings - offset;
}
