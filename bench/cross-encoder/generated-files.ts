import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ShapeName } from './bench-options.ts';
import { cacheFolder } from './cache-folder.ts';

/** Folder of a shape's model, and of the two matrix products. */
export const shapeDirectory = (shape: ShapeName): string => join(cacheFolder, 'shapes', shape);
export const matrixProducts = join(cacheFolder, 'matrix-products');

/** Makes what is not there yet. @throws Error with the script's last words */
export function generateFiles(python: string, shapes: readonly ShapeName[]): void {
  const missing = shapes.filter((shape) => !existsSync(join(shapeDirectory(shape), 'shape.json')));
  if (missing.length > 0) {
    console.error(`Generating ${missing.join(', ')} with random weights in ${cacheFolder}.`);
    run(python, 'make_shapes.py', ['--out', join(cacheFolder, 'shapes'), '--shapes', missing.join(',')]);
  }
  if (!existsSync(join(matrixProducts, 'int8.onnx'))) {
    run(python, 'make_matrix_products.py', [matrixProducts]);
  }
}

function run(python: string, script: string, arguments_: readonly string[]): void {
  const file = fileURLToPath(new URL(`./python/${script}`, import.meta.url));
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
  const { status, error, stderr } = spawnSync(python, [file, ...arguments_], { encoding: 'utf8', env });
  if (status !== 0) throw new Error(`${script} failed: ${error?.message ?? stderr.slice(-800)}`);
}
