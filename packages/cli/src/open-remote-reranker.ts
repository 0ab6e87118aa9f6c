import { resolve } from 'node:path';
import { RetrievalError } from '@secondpass/core';
import type { RemoteRerankerOptions } from '@secondpass/reranker-remote';
import type { LoadedConfig } from './config/config-file.ts';
import { type RerankerSettings, wrapped } from './load-reranker.ts';
import type { OpenReranker } from './open-reranker.ts';

/**
 * Opens the reranking service of a configuration; a model's directory is relative to the file's folder.
 *
 * @param path the path of the block that contains `remote`, for errors
 * @throws RetrievalError `invalid-config`, naming the key; or as `remoteReranker` does
 */
export async function openRemoteReranker(
  { file, folder }: Pick<LoadedConfig, 'file' | 'folder'>,
  remote: Readonly<Record<string, unknown>>,
  around: Pick<RerankerSettings, 'scoreCacheBytes' | 'fair'>,
  path: string,
): Promise<OpenReranker> {
  const { remoteReranker } = await import('@secondpass/reranker-remote');
  const { directory } = remote;
  const options = {
    ...remote,
    ...(typeof directory === 'string' && directory !== '' && { directory: resolve(folder, directory) }),
  };
  try {
    const reranker = await remoteReranker(options as unknown as RemoteRerankerOptions);
    return wrapped(reranker, around);
  } catch (error) {
    if (!RetrievalError.is(error) || error.code !== 'invalid-options') throw error;
    const { problem, nextStep } = error;
    const origin = `${file}: ${path}.remote`;
    throw new RetrievalError({ code: 'invalid-config', origin, problem, nextStep, cause: error });
  }
}
