import type { TokenProjection } from '@secondpass/core/runtime';
import type { BatchOutput } from './session-messages.ts';

/**
 * Applies the layers one after the other to every token of a batch. The output of a graph that contains the layers
 * itself, and so has the last layer's size, is left as it is.
 *
 * @param batch dims [sequences, tokens, numbers]
 * @throws Error when the vectors have another size than the first layer reads
 */
export function projectTokens(batch: BatchOutput, layers: readonly TokenProjection[]): BatchOutput {
  const size = batch.dims.at(-1);
  if (size !== layers[0]!.inputs && size === layers.at(-1)!.outputs) return batch;
  return layers.reduce(projectOnce, batch);
}

function projectOnce({ data, dims }: BatchOutput, layer: TokenProjection): BatchOutput {
  const { weight, bias, inputs, outputs } = layer;
  if (dims.at(-1) !== inputs) {
    throw new Error(`the graph answers ${dims.at(-1)} numbers per token, and the projection reads ${inputs}`);
  }
  const tokens = data.length / inputs;
  const projected = new Float32Array(tokens * outputs);
  for (let token = 0; token < tokens; token += 1) {
    const start = token * inputs;
    for (let output = 0; output < outputs; output += 1) {
      const row = output * inputs;
      let sum = bias?.[output] ?? 0;
      for (let input = 0; input < inputs; input += 1) sum += weight[row + input]! * data[start + input]!;
      projected[token * outputs + output] = sum;
    }
  }
  return { data: projected, dims: [...dims.slice(0, -1), outputs] };
}
