import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkPinnedFile, damaged, type ModelDirectory } from '../model-directory/model-directory.ts';
import type { ModelConfig } from '../model-directory/model-limits.ts';
import { readSafetensors, type Tensor } from '../model-directory/safetensors.ts';
import type { HeadLayer, OutputHead } from '../runtime/output-head.ts';
import { readActivation } from './sentence-modules.ts';

const weightsFile = 'model.safetensors';

/**
 * The classification head of a `…ForSequenceClassification` model, from its `model.safetensors`, for graphs that were
 * exported without it. The names of its tensors tell which head it is: a dense layer and a classifier (BERT's pooler,
 * DeBERTa's), `classifier.dense` and `out_proj` (RoBERTa, XLM-R, ELECTRA), or `head.dense`, `head.norm` and a
 * classifier (ModernBERT). Only these tensors are read.
 *
 * @returns `undefined` when there is no such file, or no such head in it
 * @throws RetrievalError `model-damaged` when the file cannot be read
 */
export async function readClassifierHead(
  model: ModelDirectory,
  config: ModelConfig,
): Promise<OutputHead | undefined> {
  if (!existsSync(join(model.path, weightsFile))) return undefined;
  const tensors = await readSafetensors(await checkPinnedFile(model, weightsFile), (names) =>
    names.filter((name) => /(^|\.)(classifier|head|pooler)\./.test(name)),
  );
  const has = (name: string) => tensors.has(`${name}.weight`);
  const pooler = [...tensors.keys()].find((name) => name.endsWith('pooler.dense.weight'))?.slice(0, -7);
  const dense = (name: string, activation: string): HeadLayer => ({
    kind: 'dense',
    outputs: tensors.get(`${name}.weight`)?.shape[0] ?? 0,
    ...weightsOf(model, tensors, name),
    activation: readActivation(model, activation),
  });
  if (has('head.dense') && has('classifier')) {
    const norm: HeadLayer = {
      kind: 'norm',
      ...weightsOf(model, tensors, 'head.norm'),
      epsilon: config.norm_eps ?? 1e-5,
    };
    return {
      pooling: config.classifier_pooling === 'mean' ? 'mean' : 'first-token',
      layers: [
        dense('head.dense', config.classifier_activation ?? 'gelu'),
        norm,
        dense('classifier', 'identity'),
      ],
    };
  }
  if (has('classifier.dense') && has('classifier.out_proj')) {
    const activation = config.model_type === 'electra' ? 'gelu' : 'tanh';
    const layers = [dense('classifier.dense', activation), dense('classifier.out_proj', 'identity')];
    return { pooling: 'first-token', layers };
  }
  if (pooler && has('classifier')) {
    const layers = [dense(pooler, config.pooler_hidden_act ?? 'tanh'), dense('classifier', 'identity')];
    return { pooling: 'first-token', layers };
  }
  return undefined;
}

function weightsOf(model: ModelDirectory, tensors: Map<string, Tensor>, name: string) {
  const weight = tensors.get(`${name}.weight`);
  if (!weight) throw damaged(model.name, `${weightsFile} has no ${name}.weight`);
  const bias = tensors.get(`${name}.bias`);
  return { weight: weight.data, ...(bias && { bias: bias.data }) };
}
