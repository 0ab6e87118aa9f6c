import { cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import {
  type ModelDirectory,
  openModelDirectory,
  type Precision,
  sha256Of,
} from '../model-directory/model-directory.ts';
import { RetrievalError } from '../retrieval-error.ts';
import { type OptimizedGraph, openOptimizedGraph } from './graph-cache.ts';
import { int8SettingsOf } from './int8/int8-settings.ts';

export interface OptimizeModelOptions {
  /** Which graph: `onnx/model.onnx` (fp32) or `onnx/model_quantized.onnx` (int8). @default fp32 where it exists */
  readonly precision?: Precision;
  /** A folder to write a whole model directory to: new, or empty. @default only the cache is filled */
  readonly out?: string;
}

/** The graph that a model runs: its optimised form from the cache, made where it is not there yet. */
export async function optimizedGraphOf(model: ModelDirectory): Promise<OptimizedGraph> {
  const { path, graph, manifest } = model;
  const file = relative(path, graph).split(sep).join('/');
  // Opening the directory has compared a pinned digest with the file already.
  const sha256 = manifest.files?.[file]?.sha256 ?? (await sha256Of(graph));
  return openOptimizedGraph(graph, sha256, await int8SettingsOf(model, sha256));
}

/**
 * Optimises a model's graph ahead of its first load: into the cache, and with `out` into a copy of the directory.
 *
 * @returns the graph that is run from now on, and what was done
 * @throws RetrievalError `model-not-found`, `model-damaged`, or `invalid-options` for `out`
 */
export async function optimizeModel(
  directory: string,
  { precision, out }: OptimizeModelOptions = {},
): Promise<OptimizedGraph> {
  const model = await openModelDirectory(directory, precision);
  const target = out === undefined ? undefined : await checkOut(resolve(out), model);
  const optimized = await optimizedGraphOf(model);
  if (target === undefined) return optimized;
  await copyModel(model, optimized, target);
  return { ...optimized, path: join(target, relative(model.path, model.graph)) };
}

async function checkOut(out: string, { name, path }: ModelDirectory): Promise<string> {
  const entry = await stat(out).catch(() => undefined);
  const inside = !relative(path, out).startsWith('..');
  const full = entry?.isDirectory() ? (await readdir(out)).length > 0 : entry !== undefined;
  if (!inside && !full) return out;
  throw new RetrievalError({
    code: 'invalid-options',
    origin: name,
    problem: `out is ${out}, which ${inside ? 'lies in the model directory' : 'is not an empty folder'}.`,
    nextStep: 'Name a folder that does not exist yet, outside of the model directory.',
  });
}

/** Other graphs of the model stay behind: the copy has the one that was asked for. */
async function copyModel(model: ModelDirectory, optimized: OptimizedGraph, target: string): Promise<void> {
  const graph = relative(model.path, model.graph);
  await mkdir(join(target, 'onnx'), { recursive: true });
  await cp(model.path, target, {
    recursive: true,
    filter: (file) =>
      !relative(model.path, file).split(sep).includes('onnx') || file === join(model.path, 'onnx'),
  });
  await cp(optimized.path, join(target, graph));
  const pinned = model.manifest.files?.[graph.split(sep).join('/')];
  if (!pinned) return;
  const manifest = JSON.parse(await readFile(join(model.path, 'secondpass.json'), 'utf8'));
  const { size: bytes } = await stat(optimized.path);
  const kept = Object.entries(manifest.files).filter(([file]) => !file.startsWith('onnx/'));
  manifest.files = {
    ...Object.fromEntries(kept),
    [graph.split(sep).join('/')]: { sha256: await sha256Of(optimized.path), bytes },
  };
  await writeFile(join(target, 'secondpass.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}
