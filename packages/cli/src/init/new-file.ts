import { randomUUID } from 'node:crypto';
import { link, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { RetrievalError } from '@secondpass/core';

/** @throws RetrievalError `invalid-options` if a file would be overwritten, or cannot be written */
export async function checkNewFile(file: string, force: boolean): Promise<void> {
  if (!['.yaml', '.yml'].includes(extname(file))) {
    throw refuse(
      file,
      'The configuration is written as YAML.',
      'Name a file that ends in .yaml or .yml with --out.',
    );
  }
  const folder = await stat(dirname(file)).catch(() => undefined);
  if (!folder?.isDirectory())
    throw refuse(file, 'Its folder does not exist.', 'Create it, or name another file with --out.');
  const entry = await stat(file).catch(() => undefined);
  if (entry?.isDirectory()) throw refuse(file, 'It is a folder.', 'Name a file with --out.');
  if (entry && !force) throw taken(file);
}

/** Writes a file atomically. Without `force` it never overwrites a file, not even one that was created meanwhile. */
export async function writeNewFile(file: string, text: string, force: boolean): Promise<void> {
  const draft = join(dirname(file), `.init-${randomUUID()}${extname(file)}`);
  try {
    await writeFile(draft, text, { flag: 'wx' });
    if (force) await rename(draft, file);
    else await link(draft, file);
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? taken(file) : error;
  } finally {
    await rm(draft, { force: true });
  }
}

function taken(file: string): RetrievalError {
  return refuse(
    file,
    'The file already exists.',
    'Name another file with --out, or overwrite it with --force.',
  );
}

function refuse(origin: string, problem: string, nextStep: string): RetrievalError {
  return new RetrievalError({ code: 'invalid-options', origin, problem, nextStep });
}
