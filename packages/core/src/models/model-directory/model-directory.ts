import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { RetrievalError } from '../../foundation/retrieval-error.ts';
import { isInsideModel, readModelText, sha256Of } from './model-file.ts';
import { type ModelManifest, modelManifestSchema } from './model-manifest.ts';

/** The precision of a model's matrix products. */
export type Precision = 'fp32' | 'int8';

const fullGraph = 'onnx/model.onnx';
/** Path of an int8 graph inside a model directory. */
export const quantizedGraph = 'onnx/model_quantized.onnx';
/** Path of the calibration for int8 inside a model directory. */
export const rangesFile = 'onnx/activation_ranges.json';

/** A directory in Hugging Face's layout whose files are present and, if a manifest pins them, unaltered. */
export interface ModelDirectory {
  readonly path: string;
  /** The manifest's name, otherwise the folder's. */
  readonly name: string;
  readonly manifest: ModelManifest;
  /** Absolute path of the ONNX file. */
  readonly graph: string;
  readonly precision: Precision;
  /** Absolute path of the calibration that turns `graph`, which computes in fp32, into int8. */
  readonly activationRanges?: string;
}

/**
 * Finds and checks the files of a model.
 *
 * @param precision the precision of the computation: `fp32` by `onnx/model.onnx`, or a `model_quantized.onnx` that
 * stores its weights as int8 only (`arithmetic` of the manifest); `int8` by either of these and
 * `onnx/activation_ranges.json`, otherwise by `model_quantized.onnx`. By default the manifest's precision, otherwise
 * fp32 if the directory has it.
 * @param directory path of the model's files
 * @throws RetrievalError `model-not-found` when a file is absent, `model-damaged` when one is altered or unreadable
 *
 * @example
 * import { openModelDirectory } from '@secondpass/core/runtime';
 * import { modelDirectory } from '@secondpass/models';
 * const model = await openModelDirectory(modelDirectory('small'));
 * [model.name, model.precision]; // → [ 'small', 'int8' ]
 */
export async function openModelDirectory(directory: string, precision?: Precision): Promise<ModelDirectory> {
  const path = resolve(directory);
  const entry = await stat(path).catch(() => undefined);
  if (!entry?.isDirectory()) {
    throw new RetrievalError({
      code: 'model-not-found',
      origin: basename(path),
      problem: `There is no model directory at ${path}.`,
      nextStep: 'Give a directory with config.json, tokenizer.json and onnx/model.onnx.',
    });
  }
  const manifest = (await readModelJson(path, 'secondpass.json', modelManifestSchema)) ?? {};
  const name = manifest.name ?? basename(path);
  for (const file of ['config.json', 'tokenizer.json']) {
    if (!(await exists(join(path, file)))) throw missing(name, path, file);
  }
  await checkGraphFolder(path, name);
  const model = { path, name, manifest, ...(await chooseGraph({ path, name, manifest }, precision)) };
  const files = [
    'config.json',
    'tokenizer.json',
    model.graph,
    ...(model.activationRanges ? [model.activationRanges] : []),
  ];
  for (const file of files) await checkPinnedFile(model, file);
  return {
    ...model,
    graph: join(path, model.graph),
    ...(model.activationRanges && { activationRanges: join(path, model.activationRanges) }),
  };
}

/** ONNX Runtime opens the files next to a graph by itself, and would wait for a pipe forever. */
async function checkGraphFolder(path: string, name: string): Promise<void> {
  const folder = join(path, dirname(fullGraph));
  for (const file of await readdir(folder).catch(() => [])) {
    const entry = await stat(join(folder, file)).catch(() => undefined);
    if (entry && !entry.isFile() && !entry.isDirectory())
      throw damaged(name, `${dirname(fullGraph)}/${file} is not a regular file`);
  }
}

async function chooseGraph(
  { path, name, manifest }: Pick<ModelDirectory, 'path' | 'name' | 'manifest'>,
  asked: Precision | undefined,
): Promise<Pick<ModelDirectory, 'graph' | 'precision' | 'activationRanges'>> {
  const [hasFull, hasQuantized, hasRanges] = await Promise.all(
    [fullGraph, quantizedGraph, rangesFile].map((file) => exists(join(path, file))),
  );
  const storesOnly = manifest.arithmetic === 'fp32';
  const inFp32 = hasFull ? fullGraph : storesOnly && hasQuantized ? quantizedGraph : undefined;
  const precision = asked ?? manifest.precision ?? (inFp32 ? 'fp32' : 'int8');
  if (precision === 'fp32') {
    if (inFp32) return { graph: inFp32, precision };
    throw missing(name, path, fullGraph);
  }
  if (inFp32 && hasRanges) return { graph: inFp32, precision, activationRanges: rangesFile };
  if (hasQuantized && !storesOnly) return { graph: quantizedGraph, precision };
  if (!inFp32) throw missing(name, path, fullGraph);
  throw new RetrievalError({
    code: 'model-not-found',
    origin: name,
    problem: `${rangesFile} is missing in ${path}, and int8 needs it.`,
    nextStep: 'Make it with `secondpass optimize MODEL --precision int8 --texts FILE`, or use fp32.',
  });
}

/**
 * Compares a file with its size and digest in the manifest, if the manifest pins it.
 *
 * @returns its absolute path
 * @throws RetrievalError `model-damaged`
 */
export async function checkPinnedFile(
  { path, name, manifest }: Pick<ModelDirectory, 'path' | 'name' | 'manifest'>,
  file: string,
): Promise<string> {
  if (!isInsideModel(file)) throw outside(name, file);
  const expected = manifest.files?.[file];
  const problem = expected && (await describeAlteration(join(path, file), expected));
  if (problem) throw damaged(name, `${file} ${problem}`);
  return join(path, file);
}

/**
 * Reads a JSON file of a model directory; `undefined` if it is absent.
 *
 * @param file path inside the directory
 * @param directory path of the model's files
 * @throws RetrievalError `model-damaged` when the path leads out of the directory or to no regular file, or when it cannot be parsed or lacks what the schema asks for
 *
 * @example
 * import { readModelJson } from '@secondpass/core/runtime';
 * import { modelDirectory } from '@secondpass/models';
 * import { z } from 'zod';
 * const schema = z.looseObject({ model_type: z.string() });
 * await readModelJson(modelDirectory('small'), 'not-there.json', schema); // → undefined
 */
export async function readModelJson<T extends z.ZodType>(
  directory: string,
  file: string,
  schema: T,
): Promise<z.infer<T> | undefined> {
  if (!isInsideModel(file)) throw outside(basename(directory), file);
  const text = await readModelText(join(directory, file)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    if (RetrievalError.is(error)) throw error;
    throw damaged(basename(directory), `${file} cannot be read`, error);
  });
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw damaged(basename(directory), `${file} does not have the expected content`, error);
  }
}

/** What differs from the pinned size and digest, or `undefined` when nothing does. */
async function describeAlteration(
  path: string,
  expected: { readonly sha256: string; readonly bytes: number },
): Promise<string | undefined> {
  const { size } = await stat(path).catch(() => ({ size: -1 }));
  if (size === -1) return 'is missing';
  if (size !== expected.bytes) return `has ${size} bytes instead of ${expected.bytes}`;
  if ((await sha256Of(path)) !== expected.sha256)
    return 'does not have the digest that secondpass.json states';
  return undefined;
}

/**
 * The error for a model file that cannot be used. The caller throws it.
 *
 * @example
 * import { damaged } from '@secondpass/core/runtime';
 * damaged('small', 'config.json is cut short.').code; // → 'model-damaged'
 */
export function damaged(origin: string, problem: string, cause?: unknown): RetrievalError {
  return new RetrievalError({
    code: 'model-damaged',
    origin,
    problem: `${problem}${cause instanceof Error ? ` (${describe(cause)})` : ''}.`,
    nextStep: 'Copy the model directory again; `secondpass doctor` shows the state of every file.',
    cause,
  });
}

function outside(origin: string, file: string): RetrievalError {
  return damaged(
    origin,
    `It names the file ${JSON.stringify(file.slice(0, 200))}, which is outside its directory`,
  );
}

function missing(origin: string, path: string, file: string): RetrievalError {
  return new RetrievalError({
    code: 'model-not-found',
    origin,
    problem: `${file} is missing in ${path}.`,
    nextStep:
      'A model directory has config.json, tokenizer.json and onnx/model.onnx or onnx/model_quantized.onnx.',
  });
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}

function describe(cause: Error): string {
  if (!(cause instanceof z.ZodError)) return cause.message.split('\n', 1)[0]!.slice(0, 200);
  const { path, message } = cause.issues[0]!;
  return [path.join('.'), message].filter(Boolean).join(': ');
}
