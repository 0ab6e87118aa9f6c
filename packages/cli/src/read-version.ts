import { readFileSync } from 'node:fs';
import { createRequire, findPackageJSON } from 'node:module';

/** The version in this package's own manifest. */
export function ownVersion(): string {
  return readVersion(new URL('../package.json', import.meta.url));
}

/** The version of a package that another one depends on, or `undefined` if it is not installed. */
export function versionOf(name: string, dependent: string): string | undefined {
  try {
    const manifest = findPackageJSON(name, createRequire(import.meta.url).resolve(dependent));
    return manifest === undefined ? undefined : readVersion(manifest);
  } catch {
    return undefined;
  }
}

function readVersion(manifest: string | URL): string {
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}
