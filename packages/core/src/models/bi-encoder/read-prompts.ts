import { z } from 'zod';
import { damaged, type ModelDirectory, readModelJson } from '../model-directory/model-directory.ts';
import type { Prompts } from './bi-encoder-options.ts';

const promptsSchema = z.looseObject({
  prompts: z.record(z.string(), z.string().nullable()).optional(),
  default_prompt_name: z.string().nullish(),
});

/**
 * The prompts of `config_sentence_transformers.json`, under the names that sentence-transformers looks for. A kind
 * without a prompt of its own gets the default prompt, if the file names one, and otherwise none.
 *
 * @throws RetrievalError `model-damaged` when the file names a default prompt that it does not state
 */
export async function readPrompts({ path, name }: ModelDirectory): Promise<Required<Prompts>> {
  const file = 'config_sentence_transformers.json';
  const config = await readModelJson(path, file, promptsSchema);
  const stated = config?.prompts ?? {};
  const standard = config?.default_prompt_name ?? undefined;
  if (standard !== undefined && !Object.hasOwn(stated, standard)) {
    throw damaged(name, `${file} names the default prompt ${JSON.stringify(standard)} and does not state it`);
  }
  const promptOf = (...names: readonly string[]): string => {
    const own = names.find((key) => typeof stated[key] === 'string') ?? standard;
    return own === undefined ? '' : (stated[own] ?? '');
  };
  return { query: promptOf('query'), passage: promptOf('document', 'passage', 'corpus') };
}
