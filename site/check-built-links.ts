import { glob, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';

/** What a built site has: its pages, the links between them, and those that lead nowhere. */
export interface BuiltLinks {
  readonly pages: number;
  readonly links: number;
  readonly broken: readonly string[];
}

/**
 * Follows every link from a page of the built site to another one, to the heading that it names.
 *
 * @param base what every address of the site begins with, such as `/`
 */
export async function checkBuiltLinks(directory: string, base: string): Promise<BuiltLinks> {
  const files = new Set<string>();
  for await (const file of glob('**/*.*', { cwd: directory })) files.add(file.replaceAll('\\', '/'));
  const html = new Map<string, string>();
  for (const file of files) {
    if (file.endsWith('.html')) html.set(file, await readFile(join(directory, file), 'utf8'));
  }
  const headings = new Map([...html].map(([file, text]) => [file, new Set(attributes(text, 'id'))]));
  const broken: string[] = [];
  let links = 0;
  for (const [file, text] of html) {
    for (const link of new Set([...attributes(text, 'href'), ...attributes(text, 'src')])) {
      if (/^[a-z]+:/i.test(link)) continue;
      links += 1;
      const [path = '', hash = ''] = link.split('#');
      const target = path === '' ? file : filePath(posix.join('/', posix.dirname(file)), path, base);
      const found =
        files.has(target) && (hash === '' || (headings.get(target)?.has(decodeURIComponent(hash)) ?? false));
      if (!found) broken.push(`${file}: ${link} leads nowhere.`);
    }
  }
  return { pages: html.size, links, broken };
}

function filePath(folder: string, path: string, base: string): string {
  const within = path.startsWith(base) ? `/${path.slice(base.length)}` : posix.join(folder, path);
  const file = decodeURIComponent(within.replace(/\?.*$/, '')).slice(1);
  return file === '' || file.endsWith('/') ? `${file}index.html` : file;
}

function attributes(html: string, name: 'href' | 'src' | 'id'): string[] {
  return [...html.matchAll(new RegExp(`<[a-z][^>]*\\s${name}="([^"]*)"`, 'g'))].map(([, value]) =>
    value!.replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#39;', "'"),
  );
}
