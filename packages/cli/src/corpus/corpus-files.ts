import type { Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { inputError, unreadable } from './input-error.ts';

export type TextFormat = 'markdown' | 'text' | 'html';

export interface CorpusFile {
  /** The path to open. */
  readonly path: string;
  /** Relative to the corpus folder, with forward slashes; the first part of the ids. */
  readonly name: string;
  readonly format: TextFormat;
}

const formats: Readonly<Record<string, TextFormat>> = {
  '.md': 'markdown',
  '.markdown': 'markdown',
  '.txt': 'text',
  '.html': 'html',
  '.htm': 'html',
};

/** The text format by a file's name; `undefined` for other files. */
export function formatOf(name: string): TextFormat | undefined {
  return formats[extname(name).toLowerCase()];
}

/**
 * The .md, .txt and .html files under a folder, ordered by name, without `node_modules` and names that begin with a
 * dot. Links are followed, each folder once.
 */
export async function listCorpusFiles(folder: string, signal?: AbortSignal): Promise<CorpusFile[]> {
  const visited = new Set<string>();
  const files: CorpusFile[] = [];
  await walk(folder, '');
  if (files.length === 0) {
    throw inputError(
      folder,
      'The folder holds no .md, .txt or .html file.',
      'Name a folder with such files, or a .jsonl file.',
    );
  }
  return files;

  async function walk(directory: string, prefix: string): Promise<void> {
    signal?.throwIfAborted();
    const real = await realpath(directory).catch((error) => Promise.reject(unreadable(directory, error)));
    if (visited.has(real)) return;
    visited.add(real);
    const names = await readdir(directory).catch((error) => Promise.reject(unreadable(directory, error)));
    for (const name of names.sort(byCodeUnit)) {
      if (name.startsWith('.') || name === 'node_modules') continue;
      const path = join(directory, name);
      const format = formatOf(name);
      const entry = await entryAt(path, format !== undefined);
      if (entry?.isDirectory()) await walk(path, `${prefix}${name}/`);
      else if (entry && format) files.push({ path, name: `${prefix}${name}`, format });
    }
  }
}

/** The file or folder at a path. A broken link or a pipe is an error only if it has the name of a text file. */
async function entryAt(path: string, wanted: boolean): Promise<Stats | undefined> {
  const entry = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (!wanted) return undefined;
    throw unreadable(path, error);
  });
  if (wanted && entry && !entry.isFile() && !entry.isDirectory()) {
    throw inputError(path, 'This is neither a file nor a folder.', 'Remove it from the corpus folder.');
  }
  return entry;
}

/** Compares by code unit: the same order on every machine and in every locale. */
export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
