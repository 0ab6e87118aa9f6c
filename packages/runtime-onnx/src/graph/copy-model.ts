import { cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { RetrievalError } from '@secondpass/core';
import type { ModelManifest } from '@secondpass/core/models';
import { type ModelDirectory, sha256Of } from '@secondpass/core/runtime';

/**
 * The folder that a copy of a model goes to; it is created if it does not exist.
 *
 * @returns its absolute path
 * @throws RetrievalError `invalid-options` if it is not empty, is inside the model directory, or cannot be written
 */
export async function prepareOut(out: string, { name, path }: ModelDirectory): Promise<string> {
  const target = resolve(out);
  const refuse = (problem: string, nextStep: string, cause?: unknown) =>
    new RetrievalError({ code: 'invalid-options', origin: name, problem, nextStep, cause });
  const entry = await stat(target).catch(() => undefined);
  const inside = !relative(path, target).startsWith('..');
  const full = entry?.isDirectory() ? (await readdir(target)).length > 0 : entry !== undefined;
  if (inside || full) {
    throw refuse(
      `out is ${target}, which ${inside ? 'is inside the model directory' : 'is not an empty folder'}.`,
      'Name a folder that does not exist yet, outside the model directory.',
    );
  }
  await mkdir(target, { recursive: true }).catch((error: Error) => {
    throw refuse(
      `out is ${target}, which cannot be written (${error.message}).`,
      'Name a folder that you may write to.',
      error,
    );
  });
  return target;
}

/** What a copy contains in place of the original's graphs. */
export interface CopiedGraph {
  /** Absolute path of the graph to copy. */
  readonly source: string;
  /** Its path in the copy, such as `onnx/model.onnx`. */
  readonly file: string;
  /** What changes in `secondpass.json`. */
  readonly changes?: ModelManifest;
}

/**
 * Copies a model directory with one graph; its other graphs and its default precision are not copied. Pinned digests
 * are updated.
 *
 * @param target absolute path of an empty folder
 */
export async function copyModel(
  model: ModelDirectory,
  target: string,
  { source, file, changes = {} }: CopiedGraph,
): Promise<void> {
  // Weights above 2 GB are stored next to their graph: model.onnx_data or model.onnx.data.
  const isNextToGraph = (path: string) => source === model.graph && path.startsWith(source);
  await cp(model.path, target, {
    recursive: true,
    filter: (path) => {
      const [folder, inside] = relative(model.path, path).split(sep);
      return folder !== 'onnx' || inside === undefined || isNextToGraph(path);
    },
  });
  await mkdir(dirname(join(target, file)), { recursive: true });
  await cp(source, join(target, file));
  const text = await readFile(join(model.path, 'secondpass.json'), 'utf8').catch(() => '{}');
  const { precision: _, files, ...others } = JSON.parse(text) as ModelManifest;
  const manifest: ModelManifest = { ...others, ...changes };
  if (files) {
    const kept = Object.entries(files).filter(([pinned]) => !pinned.startsWith('onnx/'));
    const { size: bytes } = await stat(source);
    manifest.files = { ...Object.fromEntries(kept), [file]: { sha256: await sha256Of(source), bytes } };
  }
  if (Object.keys(manifest).length === 0) return;
  await writeFile(join(target, 'secondpass.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}
