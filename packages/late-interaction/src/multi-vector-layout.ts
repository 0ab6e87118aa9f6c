import { type ModelDirectory, readModelJson } from '@secondpass/core/runtime';
import { z } from 'zod';
import { readDenseProjections } from './dense-projection.ts';
import {
  type LateInteractionLayout,
  type ModelModule,
  unsupportedLayout,
} from './late-interaction-layout.ts';

const transformerSchema = z.looseObject({
  query_length: z.int().min(4).nullish(),
  document_length: z.int().min(4).nullish(),
  query_expansion: z
    .looseObject({
      strategy: z.string(),
      attend: z.boolean().nullish(),
      token: z.string().nullish(),
      length: z.int().min(4).nullish(),
    })
    .nullish(),
});
const promptsSchema = z.looseObject({ prompts: z.record(z.string(), z.string()).nullish() });
const maskSchema = z.looseObject({
  skiplist_words: z.array(z.string()).nullish(),
  skiplist_tasks: z.array(z.string()).nullish(),
  keep_only_token_ids: z.array(z.int()).nullish(),
});

/** sentence-transformers' MultiVectorEncoder (from version 6): a MultiVectorMask module, prompts as text. */
export async function readMultiVectorLayout(
  model: ModelDirectory,
  modules: readonly ModelModule[],
): Promise<LateInteractionLayout> {
  const folder = modules.find(({ kind }) => kind === 'MultiVectorMask')!.path;
  const mask = (await readModelJson(model.path, `${folder}/config.json`, maskSchema)) ?? {};
  const settings = (await readModelJson(model.path, 'sentence_bert_config.json', transformerSchema)) ?? {};
  const { prompts } =
    (await readModelJson(model.path, 'config_sentence_transformers.json', promptsSchema)) ?? {};
  const expansion = settings.query_expansion;
  const tasks = mask.skiplist_tasks ?? ['document'];
  if (expansion && (expansion.strategy !== 'fixed' || expansion.token)) {
    throw unsupportedLayout(
      model.name,
      `it expands queries by ${expansion.strategy} with ${expansion.token ?? 'the mask token'}`,
    );
  }
  if (mask.keep_only_token_ids?.length || tasks.some((task) => task !== 'document')) {
    throw unsupportedLayout(model.name, `${folder} leaves out more than a passage's punctuation`);
  }
  return {
    marks: { query: prompts?.['query'] ?? '', passage: prompts?.['document'] ?? '' },
    markAs: 'text',
    queryTokens: expansion?.length ?? settings.query_length ?? undefined,
    passageTokens: settings.document_length ?? undefined,
    expandQueries: expansion != null,
    attendToExpansion: expansion?.attend ?? false,
    skippedWords: tasks.length > 0 ? (mask.skiplist_words ?? []) : [],
    ...(await readDenseProjections(model, modules)),
  };
}
