import { readlink, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Precision } from '@secondpass/core';
import { linkFile } from './link-file.ts';
import type { LockedModel } from './lock-file.ts';
import type { ModelCache } from './model-cache.ts';

/** Where core looks for the graph of a precision. */
const expected: Record<Precision, string> = {
  fp32: 'onnx/model.onnx',
  int8: 'onnx/model_quantized.onnx',
};

/**
 * The directory that a locked model is loaded from: its snapshot, or, if the repository names its graph differently,
 * a folder of links to the snapshot's files with the name that core looks for. The snapshot itself gets no additional
 * name, because other tools expect it to equal the repository.
 */
export async function modelView(cache: ModelCache, { commit, graphs, files }: LockedModel): Promise<string> {
  const snapshot = cache.snapshot(commit);
  const renamed = (Object.keys(graphs) as Precision[]).filter((one) => graphs[one] !== expected[one]);
  if (renamed.length === 0) return snapshot;
  const view = cache.view(commit);
  for (const path of Object.keys(files)) {
    const precision = renamed.find((one) => graphs[one] === path);
    await link(path, precision ? expected[precision] : besideGraph(path));
  }
  return view;

  /** External data is named inside the graph, and looked for next to it. */
  function besideGraph(path: string): string {
    const graph = renamed.map((one) => graphs[one]!).find((one) => path.startsWith(one) && path !== one);
    return graph && dirname(graph) === '.' ? `onnx/${basename(path)}` : path;
  }

  async function link(path: string, name: string): Promise<void> {
    const pointer = join(view, ...name.split('/'));
    const isThere =
      (await readlink(pointer).catch(() => undefined)) && (await stat(pointer).catch(() => undefined));
    if (!isThere) await linkFile(join(snapshot, ...path.split('/')), view, name);
  }
}
