import { type ModelDirectory, readModelJson } from '@secondpass/core/runtime';
import { z } from 'zod';
import { readDenseProjections } from './dense-projection.ts';
import { type LateInteractionLayout, type ModelModule, punctuation } from './late-interaction-layout.ts';

/** The fields that PyLate writes; the defaults are PyLate's for missing fields. */
const settingsSchema = z.looseObject({
  query_prefix: z.string().nullish(),
  document_prefix: z.string().nullish(),
  query_length: z.int().min(4).nullish(),
  document_length: z.int().min(4).nullish(),
  attend_to_expansion_tokens: z.boolean().nullish(),
  do_query_expansion: z.boolean().nullish(),
  skiplist_words: z.array(z.string()).nullish(),
});

/** PyLate: a transformer, Dense modules, and `config_sentence_transformers.json`. */
export async function readPylateLayout(
  model: ModelDirectory,
  modules: readonly ModelModule[],
): Promise<LateInteractionLayout> {
  const settings =
    (await readModelJson(model.path, 'config_sentence_transformers.json', settingsSchema)) ?? {};
  const expandQueries = settings.do_query_expansion ?? true;
  return {
    marks: { query: settings.query_prefix ?? '[Q] ', passage: settings.document_prefix ?? '[D] ' },
    markAs: 'token',
    queryTokens: settings.query_length ?? 32,
    passageTokens: settings.document_length ?? 180,
    expandQueries,
    attendToExpansion: expandQueries && (settings.attend_to_expansion_tokens ?? false),
    skippedWords: settings.skiplist_words ?? punctuation,
    ...(await readDenseProjections(model, modules)),
  };
}
