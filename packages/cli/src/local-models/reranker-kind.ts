import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isLateInteraction } from '@secondpass/late-interaction';

/** The local rerankers, each with a loader of its own. */
export const rerankerKinds = ['cross-encoder', 'late-interaction', 'poly-encoder'] as const;
export type RerankerKind = (typeof rerankerKinds)[number];

/**
 * Which loader a model directory is for: a poly-encoder has `poly_encoder.json`, a late-interaction model says so in
 * `modules.json` or `config.json`, and everything else goes to {@link loadCrossEncoder}, which says what it misses.
 *
 * @throws RetrievalError `model-damaged` when one of the two cannot be read
 */
export async function readRerankerKind(directory: string): Promise<RerankerKind> {
  const settings = await stat(join(directory, 'poly_encoder.json')).catch(() => undefined);
  if (settings?.isFile()) return 'poly-encoder';
  return (await isLateInteraction(directory)) ? 'late-interaction' : 'cross-encoder';
}
