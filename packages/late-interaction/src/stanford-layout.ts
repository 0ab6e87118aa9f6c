import { type ModelDirectory, readModelJson } from '@secondpass/core/runtime';
import { z } from 'zod';
import { readLinear } from './dense-projection.ts';
import { type LateInteractionLayout, punctuation, unsupportedLayout } from './late-interaction-layout.ts';

/** The fields that Stanford's ColBERT writes; the defaults are its own. */
const metadataSchema = z.looseObject({
  query_token_id: z.string().default('[unused0]'),
  doc_token_id: z.string().default('[unused1]'),
  query_maxlen: z.int().min(4).default(32),
  doc_maxlen: z.int().min(4).default(220),
  attend_to_mask_tokens: z.boolean().default(false),
  mask_punctuation: z.boolean().default(true),
  similarity: z.string().default('cosine'),
});

/** Stanford's ColBERT: `HF_ColBERT` in config.json, `artifact.metadata`, and the projection among the model's weights. */
export async function readStanfordLayout(model: ModelDirectory): Promise<LateInteractionLayout> {
  const metadata = metadataSchema.parse(
    (await readModelJson(model.path, 'artifact.metadata', metadataSchema)) ?? {},
  );
  if (metadata.similarity !== 'cosine') {
    throw unsupportedLayout(model.name, `artifact.metadata states the similarity ${metadata.similarity}`);
  }
  const file = 'model.safetensors';
  return {
    marks: { query: metadata.query_token_id, passage: metadata.doc_token_id },
    markAs: 'token',
    queryTokens: metadata.query_maxlen,
    passageTokens: metadata.doc_maxlen,
    expandQueries: true,
    attendToExpansion: metadata.attend_to_mask_tokens,
    skippedWords: metadata.mask_punctuation ? punctuation : [],
    projections: [await readLinear(model, file, false)],
    weightFiles: [file],
  };
}
