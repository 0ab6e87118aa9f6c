import { z } from 'zod';
import { type ModelDirectory, readModelJson } from '../model-directory/model-directory.ts';
import type { OutputRow } from '../runtime/model-session.ts';
import { applyDense, type DenseLayer, readDenseLayer } from './dense-layer.ts';
import { poolTokens, type TokenSpan } from './pooling.ts';
import { type Pooling, readPooling } from './read-pooling.ts';
import { scaleToLengthOne } from './scale-to-length-one.ts';
import { unsupportedModule } from './unsupported-module.ts';

/** From token vectors to the text's vector: what sentence-transformers runs after the Transformer module. */
export interface VectorModules extends Pooling {
  /** After the pooling, in this order. */
  readonly steps: readonly (DenseLayer | 'unit-length')[];
  /** Files other than the graph and the tokenizer that the vectors depend on, inside the model directory. */
  readonly weightFiles: readonly string[];
}

const modulesSchema = z.array(z.looseObject({ type: z.string(), path: z.string() }));

/**
 * Reads sentence-transformers' own description of a model: `modules.json` and what the modules' folders hold.
 *
 * @returns undefined if there is no `modules.json`
 * @throws RetrievalError `model-unsupported` when it asks for something that is not run here, `model-damaged`
 */
export async function readVectorModules(model: ModelDirectory): Promise<VectorModules | undefined> {
  const stated = await readModelJson(model.path, 'modules.json', modulesSchema);
  if (!stated) return undefined;
  const modules = stated.map(({ type, path }) => ({ kind: type.split('.').at(-1)!, path }));
  const order = modules.map(({ kind }) => kind).join(' ');
  const unknown = modules.find(({ kind }) => !/^(Transformer|Pooling|Dense|Normalize)$/.test(kind));
  if (unknown) throw unsupportedModule(model.name, `modules.json names a ${unknown.kind} module`);
  if (!/^Transformer Pooling(?: Dense| Normalize)*$/.test(order)) {
    throw unsupportedModule(model.name, `modules.json orders its modules ${order}`);
  }
  const pooling = await readPooling(model, modules[1]!.path);
  const after = modules.slice(2);
  return {
    ...pooling,
    steps: await Promise.all(
      after.map(({ kind, path }) => (kind === 'Dense' ? readDenseLayer(model, path) : 'unit-length')),
    ),
    weightFiles: after.flatMap(({ kind, path }) => (kind === 'Dense' ? [`${path}/model.safetensors`] : [])),
  };
}

/**
 * @param row token vectors [tokens, dimensions], padding included; or a vector [dimensions] that the model's thread pooled,
 * or a graph that runs the modules itself, so that only the scaling to length 1 is left
 */
export function applyModules(row: OutputRow, span: TokenSpan, { modes, steps }: VectorModules): Float32Array {
  const isPooled = row.dims.length === 1;
  let vector = isPooled ? row.data.slice() : poolTokens(row, span, modes);
  for (const step of steps) {
    if (step === 'unit-length') vector = scaleToLengthOne(vector);
    else if (!isPooled) vector = applyDense(vector, step);
  }
  return vector;
}

/** The length of a text's vector, given the length of a token's vector. */
export function dimensionsOf({ modes, steps }: VectorModules, hiddenSize: number): number {
  return steps.reduce<number>(
    (size, step) => (step === 'unit-length' ? size : step.outputs),
    modes.length * hiddenSize,
  );
}
