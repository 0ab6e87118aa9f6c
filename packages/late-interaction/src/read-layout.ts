import {
  type ModelConfig,
  type ModelDirectory,
  modelConfigSchema,
  readModelJson,
} from '@secondpass/core/runtime';
import { z } from 'zod';
import { type LateInteractionLayout, unsupportedLayout } from './late-interaction-layout.ts';
import { readMultiVectorLayout } from './multi-vector-layout.ts';
import { readPylateLayout } from './pylate-layout.ts';
import { readStanfordLayout } from './stanford-layout.ts';

const modulesSchema = z.array(z.looseObject({ type: z.string(), path: z.string() }));

/**
 * Reads which of three layouts a directory has: sentence-transformers' MultiVectorEncoder, PyLate's, or that of
 * Stanford's ColBERT.
 *
 * @throws RetrievalError `model-unsupported` when it has none of them, `model-damaged`
 */
export async function readLateInteractionLayout(
  model: ModelDirectory,
  config: ModelConfig,
): Promise<LateInteractionLayout> {
  const modules = await readModules(model.path);
  switch (layoutOf(modules, config)) {
    case 'stanford':
      return readStanfordLayout(model);
    case 'multi-vector':
      return readMultiVectorLayout(model, modules!);
    case 'pylate':
      return readPylateLayout(model, modules!);
  }
  throw unsupportedLayout(
    model.name,
    modules
      ? `modules.json orders its modules ${orderOf(modules)}`
      : 'there is no modules.json, and config.json is not HF_ColBERT',
  );
}

/**
 * Whether a directory's files say that it is one of the three.
 *
 * @param path of a model's directory
 *
 * @example
 * import { isLateInteraction } from '@secondpass/late-interaction';
 * import { modelDirectory } from '@secondpass/models';
 * await isLateInteraction('models/colbert'); // → true
 * await isLateInteraction(modelDirectory('small')); // → false
 */
export async function isLateInteraction(path: string): Promise<boolean> {
  const config = await readModelJson(path, 'config.json', modelConfigSchema);
  return layoutOf(await readModules(path), config ?? {}) !== undefined;
}

interface Module {
  readonly kind: string;
  readonly path: string;
}

async function readModules(path: string): Promise<readonly Module[] | undefined> {
  const stated = await readModelJson(path, 'modules.json', modulesSchema);
  return stated?.map((module) => ({ kind: module.type.split('.').at(-1)!, path: module.path }));
}

function layoutOf(
  modules: readonly Module[] | undefined,
  config: ModelConfig,
): 'stanford' | 'multi-vector' | 'pylate' | undefined {
  if (!modules) return config.architectures?.includes('HF_ColBERT') ? 'stanford' : undefined;
  const order = orderOf(modules);
  if (/^Transformer(?: Dense)* MultiVectorMask Normalize$/.test(order)) return 'multi-vector';
  return /^Transformer(?: Dense)+$/.test(order) ? 'pylate' : undefined;
}

function orderOf(modules: readonly Module[]): string {
  return modules.map(({ kind }) => kind).join(' ');
}
