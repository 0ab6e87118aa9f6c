import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { basename, join, posix } from 'node:path';

/** The repository's root: pages stay where a git host shows them. */
export const root = join(import.meta.dirname, '..');

/** Every page of the site, by its path in the repository. The API reference is generated before the pages are listed. */
const patterns = [
  'README.md',
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'docs/**/*.md',
  'examples/README.md',
  'integration/README.md',
  'training/README.md',
  'packages/*/README.md',
  'packages/*/CHANGELOG.md',
  'packages/models/models/*/README.md',
  'site/*.md',
  'site/api/**/*.md',
];

/** All of them, in alphabetical order. */
export function sourcePages(): readonly string[] {
  return globSync(patterns, { cwd: root })
    .map((page) => page.replaceAll('\\', '/'))
    .sort();
}

/** What else is Markdown in the repository. */
export function otherFiles(pages: ReadonlySet<string>): readonly string[] {
  const exclude = (name: string) => ['node_modules', '.git', 'dist', 'test-results'].includes(basename(name));
  return globSync('**/*.md', { cwd: root, exclude }).filter((file) => !pages.has(file.replaceAll('\\', '/')));
}

/** Where a page of the repository stands in the site: `docs/pipeline.md` is `pipeline.md`. */
export function sitePath(page: string): string {
  if (page === 'README.md') return 'overview.md';
  if (page === 'docs/README.md') return 'pages.md';
  const card = /^packages\/models\/models\/(.*)\/README\.md$/.exec(page);
  if (card) return `models/${card[1]}.md`;
  const log = /^packages\/(.*)\/CHANGELOG\.md$/.exec(page);
  if (log) return `changelog/${log[1]}.md`;
  return page
    .replace(/^(docs|site)\//, '')
    .replace(/^(packages\/.*|examples|integration|training)\/README\.md$/, '$1.md')
    .replace(/^([A-Z]+)\.md$/, (file) => file.toLowerCase())
    .replace(/\/README\.md$/, '/index.md');
}

/** The first heading of a page, without marks. */
export function titleOf(page: string): string {
  const heading = /^# (.+)$/m.exec(readFileSync(join(root, page), 'utf8'))?.[1];
  if (heading === undefined) throw new Error(`${page} has no heading of the first level.`);
  return heading.replaceAll(/[`*\\]/g, '');
}

// What is code first, so that no link in it is one.
const codeOrLink = /^ *(```|~~~)[\s\S]*?^ *\1|`[^`\n]+`|\]\(([^)\s]+)\)/gm;

/** A page's text with links for the site; those to pictures stay as they are. */
export function withSiteLinks(from: string, text: string, pages: ReadonlySet<string>): string {
  return text.replace(codeOrLink, (whole: string, _fence: string | undefined, link: string | undefined) =>
    link === undefined || /\.(png|svg)$/.test(link) ? whole : `](${siteLink(from, link, pages)})`,
  );
}

/** Where the repository can be read, as every package's manifest says. */
const repository: string = JSON.parse(
  readFileSync(join(root, 'packages/core/package.json'), 'utf8'),
).repository.url.replace(/^git\+|\.git$/g, '');

/**
 * What a link of a page leads to in the site: another page, or the file in the repository.
 *
 * @param from the page's path in the repository
 * @throws Error where nothing is there
 */
function siteLink(from: string, link: string, pages: ReadonlySet<string>): string {
  if (/^[a-z]+:|^#|^\//.test(link)) return link;
  const [path = '', hash = ''] = link.split(/(?=#)/);
  const target = posix.join(posix.dirname(from), decodeURI(path)).replace(/\/$/, '');
  const page = [target, `${target}/README.md`].find((one) => pages.has(one));
  if (page !== undefined) return `/${sitePath(page)}${hash}`;
  if (target.startsWith('..') || !existsSync(join(root, target)))
    throw new Error(`${from}: ${link} leads nowhere.`);
  return `${repository}/${statSync(join(root, target)).isDirectory() ? 'tree' : 'blob'}/main/${target}${hash}`;
}
