import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Where the bench installed the peers' packages; the parent process sets it. */
const folder = process.env['SECONDPASS_BENCH_PACKAGES'] ?? '';

interface Manifest {
  readonly version: string;
  readonly exports: { readonly node: { readonly import: { readonly default: string } } };
}

export async function importInstalled<T>(name: string): Promise<T> {
  const { exports } = readManifest(name);
  return import(pathToFileURL(join(folder, 'node_modules', name, exports.node.import.default)).href);
}

/** What the rows of transformers.js were measured with. */
export function transformersJsVersions(): Record<string, string> {
  const packages = ['@huggingface/transformers', 'onnxruntime-node'];
  return Object.fromEntries(packages.map((name) => [name, readManifest(name).version]));
}

function readManifest(name: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')) as Manifest;
}
