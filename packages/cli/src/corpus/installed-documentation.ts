import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Document, RetrievalError } from '@secondpass/core';
import { type Corpus, toDocuments } from './corpus.ts';
import { byCodeUnit } from './corpus-files.ts';
import { type InstalledPackage, installedPackages } from './installed-packages.ts';
import { corpusOf } from './open-corpus.ts';
import { readTextFile } from './read-text-file.ts';

/** Keeps the demo short: two cores embed this many passages in less than half a minute. */
const mostPassages = 1_000;
/** A README with fewer words only links to the documentation. */
const fewestWords = 80;

/** A passage with fewer words is a row of badges or a single link. */
const fewestPassageWords = 8;

/** Files about releases or project rules, and translations such as README.hi.md. */
const notDocumentation =
  /^(change|history|licen[cs]e|contribut|code_of_conduct|security|governance|releas|migrat|notice|author)|\.[a-z]{2}(-[a-z]{2})?\.md$/i;

interface PackageDocuments {
  readonly direct: boolean;
  readonly documents: readonly Document[];
}

/**
 * The Markdown documentation of the installed packages: hundreds of passages that this project did not write. Direct
 * dependencies are included completely if there is room; indirect ones share the rest.
 */
export async function installedDocumentation(from: string, signal?: AbortSignal): Promise<Corpus> {
  const perPackage: PackageDocuments[] = [];
  const seen = new Set<string>();
  for (const installed of await installedPackages(from)) {
    signal?.throwIfAborted();
    const documents = (await readPackage(installed)).filter(({ text }) => {
      const body = text.slice(text.indexOf('\n') + 1);
      if (body.split(/\s+/).length < fewestPassageWords) return false;
      if (seen.has(body)) return false;
      seen.add(body);
      return true;
    });
    if (documents.length > 0) perPackage.push({ direct: installed.direct, documents });
  }
  if (perPackage.length === 0) {
    throw new RetrievalError({
      code: 'invalid-options',
      origin: 'demo',
      problem: 'No Markdown documentation was found among the installed packages.',
      nextStep: 'Name a folder or a .jsonl file with --corpus.',
    });
  }
  const documents = shareOut(perPackage);
  return corpusOf(`documentation of ${perPackage.length} installed packages`, documents);
}

async function readPackage({ name, directory }: InstalledPackage): Promise<readonly Document[]> {
  const documents: Document[] = [];
  for (const file of await documentationFiles(directory)) {
    const path = join(directory, file);
    const { passages } = await readTextFile({ path, name: file, format: 'markdown' }).catch((error) => {
      // A package may contain an empty or binary file; the user cannot fix that, so skip it.
      if (RetrievalError.is(error)) return { passages: [] };
      throw error;
    });
    const words = passages.reduce((sum, { text }) => sum + text.split(/\s+/).length, 0);
    if (words >= fewestWords) documents.push(...toDocuments(`${name}/${file}`, passages, name));
  }
  return documents;
}

/** The README first, then the files under `docs`, ordered by name. */
async function documentationFiles(directory: string): Promise<readonly string[]> {
  const top = (await entriesOf(directory)).filter(
    (entry) => entry.isFile() && /^readme\.(md|markdown)$/i.test(entry.name),
  );
  return [...top.map(({ name }) => name), ...(await markdownUnder(directory, 'docs'))];
}

async function markdownUnder(directory: string, folder: string): Promise<readonly string[]> {
  const files: string[] = [];
  for (const entry of await entriesOf(join(directory, folder))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory() && entry.name !== 'node_modules')
      files.push(...(await markdownUnder(directory, path)));
    else if (entry.isFile() && /\.md$/i.test(entry.name) && !notDocumentation.test(entry.name))
      files.push(path);
  }
  return files;
}

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.sort((a, b) => byCodeUnit(a.name, b.name));
}

/** How many indirect packages are included at most. */
const mostOthers = 200;

/** Direct dependencies first. If they leave no room, some of the other packages get one passage each. */
function shareOut(perPackage: readonly PackageDocuments[]): readonly Document[] {
  const own = perPackage.filter(({ direct }) => direct);
  const others = perPackage.filter(({ direct }) => !direct).slice(0, mostOthers);
  const lengthsOf = (some: readonly PackageDocuments[]) => some.map(({ documents }) => documents.length);
  const ownShare = fairShare(lengthsOf(own), mostPassages - others.length);
  const share = fairShare(lengthsOf(others), mostPassages - totalOf(lengthsOf(own), ownShare));
  const taken = new Set([...own, ...others]);
  return perPackage
    .filter((one) => taken.has(one))
    .flatMap(({ direct, documents }) => documents.slice(0, direct ? ownShare : share));
}

/** The most passages per package, so that all packages together fit into the room. */
function fairShare(lengths: readonly number[], room: number): number {
  let share = Math.max(1, ...lengths);
  while (share > 1 && totalOf(lengths, share) > room) share -= 1;
  return share;
}

function totalOf(lengths: readonly number[], share: number): number {
  return lengths.reduce((sum, length) => sum + Math.min(length, share), 0);
}
