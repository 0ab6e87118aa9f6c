import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { byCodeUnit } from './corpus-files.ts';

export interface InstalledPackage {
  readonly name: string;
  readonly directory: string;
  /** Whether it is a direct dependency of this project. */
  readonly direct: boolean;
}

/**
 * The packages installed around a file, one copy of each, ordered by name. They come from the workspace's pnpm store if
 * there is one, otherwise from the nearest `node_modules`.
 */
export async function installedPackages(from: string): Promise<readonly InstalledPackage[]> {
  const ancestors = ancestorsOf(from);
  const direct = new Set(
    (await Promise.all(ancestors.map((ancestor) => namesIn(join(ancestor, 'node_modules'))))).flat(),
  );
  for (const ancestor of ancestors) {
    const store = join(ancestor, 'node_modules', '.pnpm');
    const entries = (await entriesOf(store)).filter((entry) => entry.isDirectory()).map(({ name }) => name);
    const copies = entries.sort(byVersion).map((name) => join(store, name, 'node_modules'));
    const found = await packagesIn(copies, direct);
    if (found.length > 0) return found;
  }
  for (const ancestor of ancestors) {
    const found = await packagesIn([join(ancestor, 'node_modules')], direct);
    if (found.length > 0) return found;
  }
  return [];
}

function ancestorsOf(path: string): readonly string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [path, ...ancestorsOf(parent)];
}

/** A package's copy in a later folder replaces the copy in an earlier one. */
async function packagesIn(
  folders: readonly string[],
  direct: ReadonlySet<string>,
): Promise<readonly InstalledPackage[]> {
  const packages = new Map<string, InstalledPackage>();
  for (const folder of folders) {
    for (const name of await namesIn(folder)) {
      const directory = join(folder, name);
      // Skip links: a link is another package's dependency, which has its own folder.
      const entry = await lstat(directory).catch(() => undefined);
      if (entry?.isDirectory()) packages.set(name, { name, directory, direct: direct.has(name) });
    }
  }
  return [...packages.values()].sort((a, b) => byCodeUnit(a.name, b.name));
}

/** The packages in a `node_modules` folder; scoped ones as `@scope/name`. */
async function namesIn(folder: string): Promise<readonly string[]> {
  const names: string[] = [];
  for (const { name } of await entriesOf(folder)) {
    if (name.startsWith('@')) {
      names.push(...(await entriesOf(join(folder, name))).map((scoped) => `${name}/${scoped.name}`));
    } else if (!name.startsWith('.')) names.push(name);
  }
  return names;
}

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  return readdir(folder, { withFileTypes: true }).catch(() => []);
}

/** Sorts `glob@9.0.0` before `glob@10.0.0`, so that the newest copy comes last. */
function byVersion(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
