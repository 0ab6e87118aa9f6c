import { join } from 'node:path';
import { z } from 'zod';
import { damaged, type ModelDirectory, readModelJson } from '../model-directory/model-directory.ts';
import { readSafetensors } from '../model-directory/safetensors.ts';
import { unsupportedModule } from './unsupported-module.ts';

/**
 * sentence-transformers' Dense module: `activation(weight · vector + bias)`, plus the vector itself if the module has
 * a residual connection.
 */
export interface DenseLayer {
  /** Row-major [outputs, inputs]. */
  readonly weight: Float32Array;
  readonly bias: Float32Array | undefined;
  readonly inputs: number;
  readonly outputs: number;
  readonly activation: Activation;
  /** `identity`, a matrix [outputs, inputs], or none. */
  readonly residual: 'identity' | Float32Array | undefined;
}

type Activation = keyof typeof activations;

/** Keyed by the last part of the full class name that the config states. */
const activations = {
  Identity: (value: number) => value,
  Tanh: Math.tanh,
  ReLU: (value: number) => Math.max(0, value),
  Sigmoid: (value: number) => 1 / (1 + Math.exp(-value)),
  SiLU: (value: number) => value / (1 + Math.exp(-value)),
};

const denseSchema = z.looseObject({
  in_features: z.int().min(1),
  out_features: z.int().min(1),
  bias: z.boolean().default(true),
  activation_function: z.string().default('torch.nn.modules.activation.Tanh'),
  module_input_name: z.string().default('sentence_embedding'),
  module_output_name: z.string().nullish(),
  use_residual: z.boolean().default(false),
});

/**
 * Reads a Dense module: `config.json` and `model.safetensors` in its folder.
 *
 * @throws RetrievalError `model-unsupported` for an activation or a weight file that is not supported,
 * `model-damaged` when weights and config disagree
 */
export async function readDenseLayer({ path, name }: ModelDirectory, folder: string): Promise<DenseLayer> {
  const config = await readModelJson(path, `${folder}/config.json`, denseSchema);
  if (!config) throw damaged(name, `${folder}/config.json is missing`);
  const { in_features: inputs, out_features: outputs, module_input_name: input } = config;
  if (input !== 'sentence_embedding' || (config.module_output_name ?? input) !== input) {
    throw unsupportedModule(name, `${folder} works on ${input}, not on the pooled vector`);
  }
  const activation = config.activation_function.split('.').at(-1)!;
  if (!Object.hasOwn(activations, activation)) {
    throw unsupportedModule(name, `the activation of ${folder} is ${config.activation_function}`);
  }
  const file = `${folder}/model.safetensors`;
  const tensors = await readSafetensors(join(path, file), (names) => names);
  const tensor = (key: string, ...shape: readonly number[]): Float32Array => {
    const found = tensors.get(key);
    if (found?.shape.join() === shape.join()) return found.data;
    throw damaged(name, `${key} in ${file} is ${found ? `[${found.shape}]` : 'missing'}, not [${shape}]`);
  };
  const squareResidual = inputs === outputs ? 'identity' : undefined;
  return {
    weight: tensor('linear.weight', outputs, inputs),
    bias: config.bias ? tensor('linear.bias', outputs) : undefined,
    inputs,
    outputs,
    activation: activation as Activation,
    residual: config.use_residual
      ? (squareResidual ?? tensor('residual.weight', outputs, inputs))
      : undefined,
  };
}

/** @param vector of `inputs` numbers */
export function applyDense(vector: Float32Array, layer: DenseLayer): Float32Array {
  const { weight, bias, inputs, outputs, residual } = layer;
  const activate = activations[layer.activation];
  const result = new Float32Array(outputs);
  for (let row = 0; row < outputs; row += 1) {
    const value = activate(product(weight, row, vector, inputs) + (bias?.[row] ?? 0));
    result[row] = value + shortcut(residual, row, vector, inputs);
  }
  return result;
}

function shortcut(residual: DenseLayer['residual'], row: number, vector: Float32Array, inputs: number) {
  if (residual === undefined) return 0;
  return residual === 'identity' ? vector[row]! : product(residual, row, vector, inputs);
}

function product(matrix: Float32Array, row: number, vector: Float32Array, inputs: number): number {
  const start = row * inputs;
  let sum = 0;
  for (let index = 0; index < inputs; index += 1) sum += matrix[start + index]! * vector[index]!;
  return sum;
}
