import { dirname, resolve } from 'node:path';
import type { z } from 'zod';
import type { CommandContext } from '../command-context.ts';
import { keysAt, parseConfigFile } from '../config/config-file.ts';
import { configError } from '../config/config-problems.ts';
import { replaceVariables } from '../config/config-variables.ts';
import { serveSchema } from './serve-schema.ts';

export interface ServeConfig extends z.infer<typeof serveSchema> {
  readonly file: string;
  /** The folder that relative paths start from. */
  readonly folder: string;
}

/** The default without a file: the bundled models, on loopback. */
export function bundledServeConfig(folder: string): ServeConfig {
  const config = serveSchema.parse({
    rerankers: { small: { model: 'small' }, nano: { model: 'nano' } },
    embedders: { 'bi-encoder': { model: 'bi-encoder' } },
  });
  return { ...config, file: 'secondpass serve', folder };
}

/** @throws RetrievalError `invalid-config`, naming the key, its value and what was expected */
export async function readServeConfig(
  file: string,
  { environment, secrets }: Pick<CommandContext, 'environment' | 'secrets'>,
): Promise<ServeConfig> {
  const { value: written, lineOf } = await parseConfigFile(file);
  const result = serveSchema.safeParse(replaceVariables(written, { file, environment, secrets }));
  if (result.success) return { ...result.data, file, folder: dirname(resolve(file)) };
  const knownKeys = (path: readonly string[]): readonly string[] => keysAt(serveSchema, path);
  throw configError(result.error, { file, written, knownKeys, lineOf });
}
