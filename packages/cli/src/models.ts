import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { RetrievalError, type RetrievalErrorCode } from '@secondpass/core';
import { modelDirectory, modelNames } from '@secondpass/models';

/** Says how a `--model` or `model:` value is read. */
export const modelHelp = `a bundled model (${modelNames.join(', ')}), a model directory, or one that "secondpass models add" fetched`;

export interface ResolvedModel {
  readonly directory: string;
  /** Only for a pinned model, whose directory is called by a commit; every other one has a name of its own. */
  readonly name?: string;
  /** Threads at most, where the model's own settings do not say. */
  readonly workers?: number;
}

/**
 * The directory of a model: a bundled one by its name, one that the lock file in `base` pins, else a path. A folder that
 * happens to bear such a name is written with a dot: `./small`. Nothing is fetched here.
 *
 * @param base the folder that a relative path starts from, and that the lock file lies in
 * @throws RetrievalError when it is none of them, or when a pinned one is not in the cache or altered
 */
export async function resolveModel(
  model: string,
  base: string,
  { code, origin }: { readonly code: RetrievalErrorCode; readonly origin: string },
): Promise<ResolvedModel> {
  if (isBundled(model)) return { directory: modelDirectory(model) };
  // Its HTTP client takes longer to load than all that `--help` needs.
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
