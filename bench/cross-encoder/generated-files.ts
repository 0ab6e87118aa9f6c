import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
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
    runGenerator(python, scriptFile('make_shapes.py'), [
      '--out',
      join(cacheFolder, 'shapes'),
      '--shapes',
      missing.join(','),
    ]);
  }
  if (!existsSync(join(matrixProducts, 'int8.onnx'))) {
    runGenerator(python, scriptFile('make_matrix_products.py'), [matrixProducts]);
  }
}

function scriptFile(name: string): string {
  return fileURLToPath(new URL(`./python/${name}`, import.meta.url));
}

/** Runs a Python script that writes models. @throws Error with its last words */
export function runGenerator(python: string, file: string, arguments_: readonly string[]): void {
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1', ORT_DISABLE_TELEMETRY: '1' };
  const { status, error, stderr } = spawnSync(python, [file, ...arguments_], { encoding: 'utf8', env });
  if (status !== 0) throw new Error(`${basename(file)} failed: ${error?.message ?? stderr.slice(-800)}`);
}
