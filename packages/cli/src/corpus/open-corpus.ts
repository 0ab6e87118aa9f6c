import { createHash, type Hash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, extname, resolve } from 'node:path';
import type { Document } from '@secondpass/core';
import { stringifyJson } from '@secondpass/core/extend';
import { type Corpus, toDocuments } from './corpus.ts';
import { type CorpusFile, formatOf, listCorpusFiles } from './corpus-files.ts';
import { inputError, unreadable } from './input-error.ts';
import { readJsonLinesCorpus } from './json-lines-corpus.ts';
import { readTextFile } from './read-text-file.ts';

/**
 * Reads a folder of .md, .txt and .html files, one such file, or a .jsonl file, completely, so that mistakes are found
 * before anything is written.
 */
export async function openCorpus(path: string, signal?: AbortSignal): Promise<Corpus> {
  const entry = await stat(path).catch((error) => Promise.reject(unreadable(path, error)));
  if (entry.isDirectory()) return readFiles(path, await listCorpusFiles(path, signal), signal);
  if (['.jsonl', '.ndjson'].includes(extname(path).toLowerCase())) return openJsonLines(path, signal);
  const format = formatOf(path);
  if (!format || !entry.isFile()) {
    throw inputError(
      path,
      'This is not a supported corpus.',
      'Name a folder, or a file that ends in .jsonl, .md, .txt or .html.',
    );
  }
  return readFiles(path, [{ path: resolve(path), name: basename(path), format }], signal);
}

/** A corpus whose documents are in memory. */
export function corpusOf(name: string, documents: readonly Document[]): Corpus {
  const hash = createHash('sha256');
  for (const document of documents) addToDigest(hash, document);
  return { name, size: documents.length, digest: hash.digest('hex'), documents: () => documents };
}

async function readFiles(name: string, files: readonly CorpusFile[], signal?: AbortSignal): Promise<Corpus> {
  const documents: Document[] = [];
  const left = new Map<string, number>();
  for (const file of files) {
    signal?.throwIfAborted();
    const { passages, leftOut } = await readTextFile(file);
    documents.push(...toDocuments(file.name, passages));
    for (const what of leftOut) left.set(what, (left.get(what) ?? 0) + 1);
  }
  return { ...corpusOf(name, documents), ...(left.size > 0 && { leftOut: left }) };
}

/** A .jsonl file may be larger than the memory. It is read once for its size and digest, and again for each use. */
async function openJsonLines(path: string, signal?: AbortSignal): Promise<Corpus> {
  const hash = createHash('sha256');
  let size = 0;
  const emptyLines: number[] = [];
  const onEmpty = ({ line }: { readonly line: number }) => void emptyLines.push(line);
  for await (const document of readJsonLinesCorpus(path, signal, onEmpty)) {
    addToDigest(hash, document);
    size += 1;
  }
  if (size === 0) {
    const what =
      emptyLines.length > 0 ? 'All documents of the file are empty.' : 'The file has no documents.';
    throw inputError(path, what, 'Write {"id": …, "text": …} on each line.');
  }
  return {
    name: path,
    size,
    ...(emptyLines.length > 0 && { empty: { count: emptyLines.length, firstLine: emptyLines[0]! } }),
    digest: hash.digest('hex'),
    documents: () => readJsonLinesCorpus(path, signal),
  };
}

function addToDigest(hash: Hash, { id, text, payload }: Document): void {
  hash.update(stringifyJson([id, text, payload ?? null]));
}
