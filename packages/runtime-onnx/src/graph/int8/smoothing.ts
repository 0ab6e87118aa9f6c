import type { Matrix } from './constant-matrix.ts';

/**
 * Share of a channel's range that moves from the activation into the weights. Weights have a scale for each output
 * and activations have a single one, so most of it moves; among 0.3 … 1.0, 0.8 changed the bundled model's ranking
 * least.
 */
const share = 0.8;

/**
 * Factors that activations are divided by, channel by channel, and weights multiplied by, so that one channel's
 * outliers do not use up the range of the others (Xiao et al. 2023, "SmoothQuant"). Their geometric mean is 1.
 *
 * @param channels largest magnitude of each channel
 * @param matrices weights that read these channels
 */
export function smoothingFactors(channels: readonly number[], matrices: readonly Matrix[]): Float32Array {
  const factors = channels.map((magnitude, channel) => {
    let largest = 1e-5;
    for (const { values, columns } of matrices) {
      for (let index = channel * columns; index < (channel + 1) * columns; index += 1) {
        const magnitude = Math.abs(values[index]!);
        if (magnitude > largest) largest = magnitude;
      }
    }
    return Math.max(magnitude, 1e-5) ** share / largest ** (1 - share);
  });
  const mean = Math.exp(factors.reduce((sum, factor) => sum + Math.log(factor), 0) / factors.length);
  return Float32Array.from(factors, (factor) => factor / mean);
}
