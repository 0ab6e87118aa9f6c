import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { z } from 'zod';
import { RetrievalError } from '../retrieval-error.ts';
import { type ModelManifest, modelManifestSchema } from './model-manifest.ts';

export type Precision = 'fp32' | 'int8';

const graphOf: Record<Precision, string> = {
  fp32: 'onnx/model.onnx',
  int8: 'onnx/model_quantized.onnx',
};

/** A directory in Hugging Face's layout whose files are present and, where a manifest pins them, unaltered. */
export interface ModelDirectory {
  readonly path: string;
  /** The manifest's name, else the folder's. */
  readonly name: string;
  readonly manifest: ModelManifest;
  /** Absolute path of the ONNX file. */
  readonly graph: string;
  readonly precision: Precision;
}

/**
 * Finds and checks the files of a model.
 *
 * @param precision which graph to run; by default `onnx/model.onnx` where it exists, else `onnx/model_quantized.onnx`
 * @throws RetrievalError `model-not-found` when a file is absent, `model-damaged` when one is altered or unreadable
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
  const chosen = precision ?? ((await exists(join(path, graphOf.fp32))) ? 'fp32' : 'int8');
  const graph = join(path, graphOf[chosen]);
  if (!(await exists(graph))) throw missing(name, path, graphOf[chosen]);
  const needed = new Set(['config.json', 'tokenizer.json', graphOf[chosen]]);
  for (const [file, expected] of Object.entries(manifest.files ?? {})) {
    if (!needed.has(file)) continue;
    const problem = await describeAlteration(join(path, file), expected);
    if (problem) throw damaged(name, `${file} ${problem}`);
  }
  return { path, name, manifest, graph, precision: chosen };
}

/**
 * Reads a JSON file of a model directory; `undefined` where it is absent.
 *
 * @throws RetrievalError `model-damaged` when it cannot be parsed or lacks what the schema asks for
 */
export async function readModelJson<T extends z.ZodType>(
  directory: string,
  file: string,
  schema: T,
): Promise<z.infer<T> | undefined> {
  const text = await readFile(join(directory, file), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw damaged(basename(directory), `${file} cannot be read`, error);
  });
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw damaged(basename(directory), `${file} is not what it should be`, error);
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

export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

export function damaged(origin: string, problem: string, cause?: unknown): RetrievalError {
  return new RetrievalError({
    code: 'model-damaged',
    origin,
    problem: `${problem}${cause instanceof Error ? ` (${firstLine(cause.message)})` : ''}.`,
    nextStep: 'Copy the model directory again; `secondpass doctor` shows the state of every file.',
    cause,
  });
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

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!.slice(0, 200);
}
