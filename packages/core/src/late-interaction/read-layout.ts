import { z } from 'zod';
import { type ModelDirectory, readModelJson } from '../model-directory/model-directory.ts';
import type { ModelConfig } from '../model-directory/model-limits.ts';
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
  const stated = await readModelJson(model.path, 'modules.json', modulesSchema);
  const modules = stated?.map(({ type, path }) => ({ kind: type.split('.').at(-1)!, path }));
  if (!modules && config.architectures?.includes('HF_ColBERT')) return readStanfordLayout(model);
  const order = modules?.map(({ kind }) => kind).join(' ') ?? '';
  if (modules && /^Transformer(?: Dense)* MultiVectorMask Normalize$/.test(order)) {
    return readMultiVectorLayout(model, modules);
  }
  if (modules && /^Transformer(?: Dense)+$/.test(order)) return readPylateLayout(model, modules);
  throw unsupportedLayout(
    model.name,
    modules
      ? `modules.json orders its modules ${order}`
      : 'there is no modules.json, and config.json is not HF_ColBERT',
  );
}
