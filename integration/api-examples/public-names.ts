import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PublicName } from './public-name.ts';

/** What the packages in these folders export; all packages' where none is named. */
export async function publicNames(...folders: readonly string[]): Promise<readonly PublicName[]> {
  // In a process of its own: jest's modules cannot start the compiler.
  const script = join(import.meta.dirname, 'list-public-names.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...folders], {
    maxBuffer: 2 ** 26,
  });
  return JSON.parse(stdout) as readonly PublicName[];
}
