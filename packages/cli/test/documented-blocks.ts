import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../../', import.meta.url));

/** A fenced or an indented block of a page. */
export interface DocumentedBlock {
  /** Page and line, for a failure's message. */
  readonly where: string;
  /** `ts`, `yaml`, `sh`, …; empty where none is given. */
  readonly language: string;
  readonly text: string;
}

/** Every block of code in the pages for users. */
export function documentedBlocks(): readonly DocumentedBlock[] {
  return pages().flatMap(blocksOf);
}

/** Every command line in their running text, without the `secondpass` that it begins with. */
export function inlineCommands(): readonly (readonly [where: string, words: string])[] {
  return pages().flatMap((page) =>
    textOf(page)
      .split('\n')
      .flatMap((line, index) =>
        [...line.matchAll(/`secondpass ([a-z][^`|]*)/g)].map(
          ([, words]) => [`${page}:${index + 1}`, words!.trim()] as const,
        ),
      ),
  );
}

function pages(): readonly string[] {
  return [
    'README.md',
    ...globSync('docs/*.md', { cwd: root }),
    ...globSync('packages/*/README.md', { cwd: root }),
  ];
}

function blocksOf(page: string): readonly DocumentedBlock[] {
  const text = textOf(page);
  const fenced = /^```(\w*)\n(.*?)^```$|((?:^ {4}\S.*\n)+)/gms;
  return [...text.matchAll(fenced)].map(({ index, 1: language = '', 2: inside, 3: indented }) => ({
    where: `${page}:${text.slice(0, index).split('\n').length}`,
    language,
    text: inside ?? indented!.replace(/^ {4}/gm, ''),
  }));
}

function textOf(page: string): string {
  return readFileSync(join(root, page), 'utf8');
}
