import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { RetrievalError, type RetrievalErrorCode } from '@secondpass/core';
import { modelDirectory, modelNames } from '@secondpass/models';

/** Says how a `--model` or `model:` value is read. */
export const modelHelp = `a bundled model (${modelNames.join(', ')}) or a model directory`;

/**
 * The directory of a model: a bundled one by its name, else a path. A folder that happens to bear a bundled model's name is
 * written with a slash: `./small`.
 *
 * @param base the folder that a relative path starts from
 * @throws RetrievalError when it is neither
 */
export async function resolveModel(
  model: string,
  base: string,
  { code, origin }: { readonly code: RetrievalErrorCode; readonly origin: string },
): Promise<string> {
  if (isBundled(model)) return modelDirectory(model);
  const directory = resolve(base, model);
  const entry = await stat(directory).catch(() => undefined);
  if (entry?.isDirectory()) return directory;
  throw new RetrievalError({
    code,
    origin,
    problem: `The model ${JSON.stringify(model)} is neither bundled nor a directory${entry ? ': it is a file' : ''}.`,
    nextStep: `Name one of ${modelNames.join(', ')}, or a directory with config.json, tokenizer.json and onnx/model.onnx.`,
  });
}

type BundledModel = Parameters<typeof modelDirectory>[0];

function isBundled(model: string): model is BundledModel {
  return (modelNames as readonly string[]).includes(model);
}
