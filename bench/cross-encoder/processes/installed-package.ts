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

export function installedVersion(name: string): string {
  return readManifest(name).version;
}

function readManifest(name: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')) as Manifest;
}
