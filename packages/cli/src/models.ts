import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { RetrievalError, type RetrievalErrorCode } from '@secondpass/core';
import { modelDirectory, modelNames } from '@secondpass/models';

export interface ResolvedModel {
  readonly directory: string;
  /** Only for a pinned model: its directory is named by a commit, not by the model. */
  readonly name?: string;
  /** The most threads, if the model's own settings do not set it. */
  readonly workers?: number;
}

/**
 * The directory of a model: a bundled model by its name, a model that the lock file in `base` pins, or a path. For a
 * folder with the same name as a model, write the path with a dot: `./small`. Nothing is fetched here.
 *
 * @param base the folder of the lock file; relative paths start from it
 * @throws RetrievalError if it is none of them, or if a pinned model is not in the cache or was changed
 */
export async function resolveModel(
  model: string,
  base: string,
  { code, origin }: { readonly code: RetrievalErrorCode; readonly origin: string },
): Promise<ResolvedModel> {
  if (isBundled(model)) return { directory: modelDirectory(model) };
  // Imported here because its HTTP client takes longer to load than everything that `--help` needs.
  const { lockFileName, openLockedModel, readHubSettings, readLockFile, tryParseModelName } = await import(
    '@secondpass/hub'
  );
  const name = tryParseModelName(model);
  const lockFile = join(base, lockFileName);
  if (name && (await readLockFile(lockFile))[name.name]) {
    const settings = await readHubSettings(process.env);
    return { directory: await openLockedModel(model, { lockFile, settings }), name: name.name };
  }
  const directory = resolve(base, model);
  const entry = await stat(directory).catch(() => undefined);
  if (entry?.isDirectory()) return { directory };
  if (name && !entry) {
    throw new RetrievalError({
      code,
      origin,
      problem: `The model ${JSON.stringify(model)} is neither bundled nor a directory, and ${lockFile} does not pin it.`,
      nextStep: `Check the path, or fetch it: secondpass models add ${model}`,
    });
  }
  throw new RetrievalError({
    code,
    origin,
    problem: `The model ${JSON.stringify(model)} is neither bundled nor a directory${entry ? ': it is a file' : ''}.`,
    nextStep: `Name one of ${modelNames.join(', ')}, or a directory with config.json, tokenizer.json and onnx/model.onnx.`,
  });
}

type BundledModel = Parameters<typeof modelDirectory>[0];

export function isBundled(model: string): model is BundledModel {
  return (modelNames as readonly string[]).includes(model);
}
