import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export interface PackedPackages {
  /** Absolute path of each package's tarball, by the package's name. */
  readonly tarballs: ReadonlyMap<string, string>;
  remove(): Promise<void>;
}

/** Packs every package of the workspace as `pnpm publish` would, into a folder of its own. They must have been built. */
export async function packPackages(): Promise<PackedPackages> {
  const folder = await mkdtemp(join(tmpdir(), 'secondpass-packed-'));
  const { stdout } = await run(
    'npx',
    ['--yes', 'pnpm@12', '-r', '--filter', './packages/*', 'pack', '--pack-destination', folder, '--json'],
    { cwd: root, maxBuffer: 2 ** 26, timeout: 120_000, shell: process.platform === 'win32' },
  );
  const packed: { name: string; filename: string }[] = JSON.parse(stdout.slice(stdout.search(/^\[/m)));
  return {
    tarballs: new Map(packed.map(({ name, filename }) => [name, join(folder, filename.split('/').at(-1)!)])),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
