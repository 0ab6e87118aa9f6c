import { z } from 'zod';
import { type ModelDirectory, readModelJson } from '../model-directory/model-directory.ts';
import type { PoolingMode } from './pooling.ts';
import { unsupportedModule } from './unsupported-module.ts';

/** How token vectors become one vector. */
export interface Pooling {
  /** If there are several, their results are concatenated. */
  readonly modes: readonly PoolingMode[];
  /** False if the model reads a prompt's tokens but the pooling leaves them out. */
  readonly includePrompt: boolean;
}

const poolingSchema = z.looseObject({
  pooling_mode: z.union([z.string(), z.array(z.string()).min(1)]).optional(),
  include_prompt: z.boolean().default(true),
});

/** sentence-transformers' names; the older files have a flag for each, in the order in which the results are joined. */
const modes: readonly (readonly [name: string, flag: string, mode: PoolingMode])[] = [
  ['cls', 'pooling_mode_cls_token', 'cls'],
  ['max', 'pooling_mode_max_tokens', 'max'],
  ['mean', 'pooling_mode_mean_tokens', 'mean'],
  ['mean_sqrt_len_tokens', 'pooling_mode_mean_sqrt_len_tokens', 'mean-sqrt-length'],
  ['weightedmean', 'pooling_mode_weightedmean_tokens', 'weighted-mean'],
  ['lasttoken', 'pooling_mode_lasttoken', 'last-token'],
];

/** @throws RetrievalError `model-unsupported` when the pooling is not stated, or of an unknown kind */
export async function readPooling({ path, name }: ModelDirectory, folder: string): Promise<Pooling> {
  const config = await readModelJson(path, `${folder}/config.json`, poolingSchema);
  if (!config)
    throw unsupportedModule(name, `${folder}/config.json is missing, so that the pooling is not known`);
  const stated =
    config.pooling_mode === undefined
      ? modes.filter(([, flag]) => config[flag] === true).map(([mode]) => mode)
      : [config.pooling_mode].flat();
  if (stated.length === 0) throw unsupportedModule(name, `${folder}/config.json states no pooling`);
  return {
    modes: stated.map((word) => {
      const known = modes.find(([mode]) => mode === word);
      if (!known) throw unsupportedModule(name, `its pooling is ${word}`);
      return known[2];
    }),
    includePrompt: config.include_prompt,
  };
}
