import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PackedPackages } from './packed-packages.ts';

const run = promisify(execFile);

export interface PublishDryRun {
  /** Names of the packages that npm would send, sorted. */
  readonly published: readonly string[];
  /** What npm warns of, such as a field of a manifest that it corrects. */
  readonly warnings: readonly string[];
}

/**
 * `npm publish --dry-run` of all tarballs in one run of npm: their contents are the workspaces of a throw-away project. npm asks
 * which versions are there already; it asks a server of this process, which has none.
 */
export async function publishDryRun(packed: PackedPackages): Promise<PublishDryRun> {
  const folder = await mkdtemp(join(tmpdir(), 'secondpass-publish-'));
  const registry = createServer((_, response) => response.writeHead(404).end('{}')).listen(0, '127.0.0.1');
  try {
    await once(registry, 'listening');
    for (const [index, tarball] of [...packed.tarballs.values()].entries()) {
      const place = join(folder, 'packages', `${index}`);
      await mkdir(place, { recursive: true });
      await run('tar', ['-xzf', tarball, '-C', place, '--strip-components=1']);
    }
    await writeFile(
      join(folder, 'package.json'),
      JSON.stringify({ private: true, workspaces: ['packages/*'] }),
    );
    const address = `http://127.0.0.1:${(registry.address() as AddressInfo).port}/`;
    const { stdout, stderr } = await run(
      'npm',
      ['publish', '--workspaces', '--dry-run', '--json', '--access', 'public', '--registry', address],
      { cwd: folder, maxBuffer: 2 ** 26, timeout: 240_000, shell: process.platform === 'win32' },
    );
    // Without an account npm says so for each package; in a dry run that changes nothing.
    const warnings = stderr.split('\n').filter((line) => /npm warn (?!.*to be logged in)/i.test(line));
    return { published: Object.keys(JSON.parse(stdout)).sort(), warnings };
  } finally {
    registry.close();
    registry.closeAllConnections();
    await rm(folder, { recursive: true, force: true });
  }
}
