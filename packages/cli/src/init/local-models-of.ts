import { join } from 'node:path';
import { lockFileName, readLockFile } from '@secondpass/hub';
import { readRerankerKind } from '../local-models/reranker-kind.ts';
import { isBundled, resolveModel } from '../models.ts';
import type { WrittenConfig } from './config-text.ts';
import type { LocalModels } from './program-text.ts';
import type { Session } from './session.ts';

/** How a program opens the chosen models. They exist, because `init` has opened them before. */
export async function localModelsOf(
  { embedder, reranker }: WrittenConfig,
  { file, folder }: Session,
): Promise<LocalModels> {
  const locked = await readLockFile(join(folder, lockFileName));
  const names = [embedder.model, reranker.model].filter((name) => name !== undefined);
  const pinned = names.filter((name) => !isBundled(name) && Object.hasOwn(locked, name));
  if (reranker.model === undefined) return { rerankerKind: undefined, pinned: new Set(pinned) };
  const { directory } = await resolveModel(reranker.model, folder, { code: 'invalid-config', origin: file });
  return { rerankerKind: await readRerankerKind(directory), pinned: new Set(pinned) };
}
