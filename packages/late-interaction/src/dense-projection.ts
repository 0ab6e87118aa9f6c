import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { TokenProjection } from '@secondpass/core/runtime';
import { damaged, type ModelDirectory, readModelJson, readSafetensors } from '@secondpass/core/runtime';
import { z } from 'zod';
import type { ModelModule } from './late-interaction-layout.ts';
import { unsupportedLayout } from './late-interaction-layout.ts';

const denseSchema = z.looseObject({
  in_features: z.int().min(1),
  out_features: z.int().min(1),
  bias: z.boolean().default(true),
  activation_function: z.string().default('torch.nn.modules.linear.Identity'),
  use_residual: z.boolean().default(false),
});

interface Projections {
  readonly projections: readonly TokenProjection[];
  readonly weightFiles: readonly string[];
}

/**
 * Reads the Dense modules of a directory: `config.json` and `model.safetensors` in each one's folder.
 *
 * @throws RetrievalError `model-unsupported` for anything but plain linear layers, `model-damaged`
 */
export async function readDenseProjections(
  model: ModelDirectory,
  modules: readonly ModelModule[],
): Promise<Projections> {
  const folders = modules.filter(({ kind }) => kind === 'Dense').map(({ path }) => path);
  const projections = await Promise.all(folders.map((folder) => readDense(model, folder)));
  return { projections, weightFiles: folders.map((folder) => `${folder}/model.safetensors`) };
}

async function readDense(model: ModelDirectory, folder: string): Promise<TokenProjection> {
  const config = await readModelJson(model.path, `${folder}/config.json`, denseSchema);
  if (!config) throw damaged(model.name, `${folder}/config.json is missing`);
  const { in_features: inputs, out_features: outputs, activation_function: activation } = config;
  if (!activation.endsWith('.Identity') || config.use_residual) {
    const extra = config.use_residual ? 'a residual' : `the activation ${activation}`;
    throw unsupportedLayout(model.name, `${folder} has ${extra}`);
  }
  const layer = await readLinear(model, `${folder}/model.safetensors`, config.bias);
  if (layer.inputs === inputs && layer.outputs === outputs) return layer;
  throw damaged(
    model.name,
    `${folder} holds a layer from ${layer.inputs} to ${layer.outputs} numbers, and its config.json states ${inputs} to ${outputs}`,
  );
}

/** Reads `linear.weight` [outputs, inputs], and `linear.bias` if the config states one. */
export async function readLinear(
  model: ModelDirectory,
  file: string,
  withBias: boolean,
): Promise<TokenProjection> {
  const path = join(model.path, file);
  if (!(await stat(path).catch(() => undefined))) {
    throw unsupportedLayout(model.name, `${file} is missing, and weights in another format are not read`);
  }
  const names = withBias ? ['linear.weight', 'linear.bias'] : ['linear.weight'];
  const tensors = await readSafetensors(path, (present) => present.filter((name) => names.includes(name)));
  const weight = tensors.get('linear.weight');
  const bias = tensors.get('linear.bias');
  const [outputs, inputs] = weight?.shape ?? [];
  if (!weight || !outputs || !inputs || weight.shape.length !== 2) {
    throw damaged(model.name, `${file} has no matrix linear.weight`);
  }
  if (withBias && bias?.data.length !== outputs) {
    throw damaged(model.name, `${file} has no linear.bias of ${outputs} numbers`);
  }
  return { weight: weight.data, inputs, outputs, ...(bias && { bias: bias.data }) };
}
