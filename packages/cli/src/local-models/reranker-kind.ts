import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isLateInteraction } from '@secondpass/late-interaction';

/** The kinds of local rerankers; each has its own loader. */
export const rerankerKinds = ['cross-encoder', 'late-interaction', 'poly-encoder'] as const;
export type RerankerKind = (typeof rerankerKinds)[number];

/**
 * Chooses the loader for a model directory: a poly-encoder has `poly_encoder.json`; `modules.json` or `config.json`
 * declares a late-interaction model; anything else goes to {@link loadCrossEncoder}, which reports missing files.
 *
 * @throws RetrievalError `model-damaged` if one of these files cannot be read
 */
export async function readRerankerKind(directory: string): Promise<RerankerKind> {
  const settings = await stat(join(directory, 'poly_encoder.json')).catch(() => undefined);
  if (settings?.isFile()) return 'poly-encoder';
  return (await isLateInteraction(directory)) ? 'late-interaction' : 'cross-encoder';
}
