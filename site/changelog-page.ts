import { globSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './source-pages.ts';

/** Writes the page that leads to the changelog of each package; before the first release there is none. */
export async function writeChangelogPage(): Promise<void> {
  const packages = globSync('packages/*/CHANGELOG.md', { cwd: root })
    .map((file) => file.split(/[\\/]/)[1]!)
    .sort();
  const list = packages.map((name) => `- [${name}](../packages/${name}/CHANGELOG.md)`);
  const text =
    list.length > 0
      ? `What changed in each package, by version:\n\n${list.join('\n')}`
      : 'Nothing has been released yet. What the first release will have is in [.changeset](../.changeset).';
  await writeFile(join(import.meta.dirname, 'changelog.md'), `# Changelog\n\n${text}\n`);
}
