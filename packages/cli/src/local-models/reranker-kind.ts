import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readModelJson } from '@secondpass/core/runtime';
import { z } from 'zod';

/** The kinds of local rerankers; each has its own loader. */
export const rerankerKinds = ['cross-encoder', 'late-interaction', 'poly-encoder'] as const;
export type RerankerKind = (typeof rerankerKinds)[number];

const manifestSchema = z.looseObject({ kind: z.string().optional() });

/**
 * Chooses the loader for a model directory: a poly-encoder has `poly_encoder.json`; `secondpass.json` may state that it is a
 * cross-encoder; `modules.json` or `config.json` declares a late-interaction model; anything else goes to
 * {@link loadCrossEncoder}, which reports missing files.
 *
 * @throws RetrievalError `model-damaged` if one of these files cannot be read
 */
export async function readRerankerKind(directory: string): Promise<RerankerKind> {
  const settings = await stat(join(directory, 'poly_encoder.json')).catch(() => undefined);
  if (settings?.isFile()) return 'poly-encoder';
  const manifest = await readModelJson(directory, 'secondpass.json', manifestSchema);
  if (manifest?.kind === 'cross-encoder') return 'cross-encoder';
  const { isLateInteraction } = await import('@secondpass/late-interaction');
  return (await isLateInteraction(directory)) ? 'late-interaction' : 'cross-encoder';
}
