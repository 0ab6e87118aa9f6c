import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Corpus {
  readonly passages: readonly string[];
  readonly queries: readonly string[];
}

/** Paragraphs of this project's own pages as passages, and some of their headings as queries. */
export function ownPages(passagesAtMost: number, queriesAtMost: number): Corpus {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const files = globSync(['docs/**/*.md', 'packages/*/README.md', '*.md'], { cwd: root }).sort();
  const passages = new Set<string>();
  const headings = new Set<string>();
  for (const file of files) {
    for (const block of readFileSync(`${root}/${file}`, 'utf8').split(/\n\s*\n|\n(?=[|#-])/)) {
      const text = block.replaceAll(/\s+/g, ' ').trim();
      const heading = /^#{2,3} (.{12,60})$/.exec(text)?.[1];
      if (heading) headings.add(heading.replaceAll('`', ''));
      else if (text.length >= 60 && !text.startsWith('```')) passages.add(text.slice(0, 320));
    }
  }
  return {
    passages: evenly([...passages], passagesAtMost),
    queries: evenly([...headings], queriesAtMost),
  };
}

function evenly<T>(items: readonly T[], most: number): readonly T[] {
  const step = Math.max(1, items.length / most);
  return Array.from({ length: Math.min(most, items.length) }, (_, index) => items[Math.floor(index * step)]!);
}
