import { z } from 'zod';
import type { OutputRow } from '../inference/run-batches.ts';
import { type ModelDirectory, readModelJson } from '../model-directory/model-directory.ts';
import { RetrievalError } from '../retrieval-error.ts';

/** How the vectors of a text's tokens become the text's vector. */
export interface Pooling {
  readonly mode: 'mean' | 'first-token' | 'last-token';
  /** Whether the vector is scaled to length 1. */
  readonly normalise: boolean;
}

const modulesSchema = z.array(z.looseObject({ type: z.string(), path: z.string() }));
const poolingSchema = z.looseObject({
  pooling_mode: z.string().optional(),
  pooling_mode_cls_token: z.boolean().optional(),
  pooling_mode_mean_tokens: z.boolean().optional(),
  pooling_mode_lasttoken: z.boolean().optional(),
  pooling_mode_max_tokens: z.boolean().optional(),
  pooling_mode_mean_sqrt_len_tokens: z.boolean().optional(),
  pooling_mode_weightedmean_tokens: z.boolean().optional(),
});

/**
 * Reads sentence-transformers' own description of a model: `modules.json` and the pooling module's `config.json`.
 *
 * @throws RetrievalError `model-unsupported` when there is none, or it asks for something that is not run here
 */
export async function readPooling({ path, name }: ModelDirectory): Promise<Pooling> {
  const modules = await readModelJson(path, 'modules.json', modulesSchema);
  if (!modules) {
    throw unsupported(name, 'modules.json is missing, so that the pooling is not known');
  }
  const kinds = modules.map(({ type }) => type.split('.').at(-1)!);
  const unknown = kinds.find((kind) => !['Transformer', 'Pooling', 'Normalize'].includes(kind));
  if (unknown) throw unsupported(name, `modules.json names a ${unknown} module`);
  const folder = modules[kinds.indexOf('Pooling')]?.path ?? '1_Pooling';
  const config = await readModelJson(path, `${folder}/config.json`, poolingSchema);
  if (!config) throw unsupported(name, `${folder}/config.json is missing, so that the pooling is not known`);
  const stated = [
    config.pooling_mode,
    config.pooling_mode_mean_tokens && 'mean',
    config.pooling_mode_cls_token && 'cls',
    config.pooling_mode_lasttoken && 'lasttoken',
    config.pooling_mode_max_tokens && 'max',
    config.pooling_mode_mean_sqrt_len_tokens && 'mean_sqrt_len',
    config.pooling_mode_weightedmean_tokens && 'weightedmean',
  ].filter((mode) => typeof mode === 'string');
  const mode = new Map<string, Pooling['mode']>([
    ['mean', 'mean'],
    ['cls', 'first-token'],
    ['lasttoken', 'last-token'],
  ]).get(stated.join('+'));
  if (!mode) throw unsupported(name, `its pooling is ${stated.join('+') || 'not stated'}`);
  return { mode, normalise: kinds.includes('Normalize') };
}

/**
 * @param row token vectors [sequence, dimensions], padding included, or a vector [dimensions] that the graph pooled itself
 * @param tokens how many of the sequence's tokens are not padding
 */
export function pool({ data, dims }: OutputRow, tokens: number, { mode, normalise }: Pooling): Float32Array {
  const dimensions = dims.at(-1)!;
  const vector = dims.length === 1 ? data.slice() : poolTokens(data, dimensions, tokens, mode);
  if (!normalise) return vector;
  const length = Math.hypot(...vector);
  return length > 0 ? vector.map((value) => value / length) : vector;
}

function poolTokens(
  data: Float32Array,
  dimensions: number,
  tokens: number,
  mode: Pooling['mode'],
): Float32Array {
  if (mode === 'first-token') return data.slice(0, dimensions);
  if (mode === 'last-token') return data.slice((tokens - 1) * dimensions, tokens * dimensions);
  const sums = new Float64Array(dimensions);
  for (let token = 0; token < tokens; token += 1) {
    for (let index = 0; index < dimensions; index += 1) {
      sums[index]! += data[token * dimensions + index]!;
    }
  }
  return Float32Array.from(sums, (sum) => sum / tokens);
}

function unsupported(origin: string, problem: string): RetrievalError {
  return new RetrievalError({
    code: 'model-unsupported',
    origin,
    problem: `${problem}.`,
    nextStep:
      'Use a sentence-transformers model of Transformer, Pooling (mean, cls or lasttoken) and Normalize modules.',
  });
}
