/** What the documentation site does to pages before it is built; `npm run docs` builds it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { checkBuiltLinks } from '../site/check-built-links.ts';
import { sidebar } from '../site/sidebar.ts';
import { sitePath, sourcePages, withSiteLinks } from '../site/source-pages.ts';

const pages = sourcePages();
const known = new Set(pages);

test('every page of the repository has one place in the sidebar', () => {
  const generated = ['site/changelog.md', 'site/api/index.md'].filter((page) => !known.has(page));
  const items = sidebar([...pages, ...generated]).flatMap(({ items: list = [] }) => list);
  expect(items.length).toBeGreaterThan(90);
  expect(new Set(items.map(({ link }) => link)).size).toBe(items.length);
});

test('a page that is gone, and one that has no place, are told', () => {
  expect(() => sidebar(pages.filter((page) => page !== 'docs/pipeline.md'))).toThrow('docs/pipeline.md');
  expect(() => sidebar([...pages, 'site/changelog.md', 'site/api/index.md', 'elsewhere/page.md'])).toThrow(
    'The sidebar lacks elsewhere/page.md.',
  );
});

test.each([
  ['README.md', 'overview.md'],
  ['docs/pipeline.md', 'pipeline.md'],
  ['docs/decisions/README.md', 'decisions/index.md'],
  ['packages/langchain/README.md', 'packages/langchain.md'],
  ['packages/core/CHANGELOG.md', 'changelog/core.md'],
  ['packages/models/models/small/README.md', 'models/small.md'],
  ['CONTRIBUTING.md', 'contributing.md'],
])('%s is %s', (page, path) => {
  expect(sitePath(page)).toBe(path);
});

test('links lead to pages of the site, other files to the repository, and code stays as it is', () => {
  const text = [
    '[a](pipeline.md#blending) [b](../packages/langchain/README.md) [c](decisions) [d](../bench/demo.ts)',
    '[e](https://example.org/x.md) [f](#here) ![g](demo.png) `[h](nowhere.md)`',
    '```md',
    '[i](nowhere.md)',
    '```',
  ].join('\n');
  expect(withSiteLinks('docs/answers.md', text, known).split('\n')).toEqual([
    '[a](/pipeline.md#blending) [b](/packages/langchain.md) [c](/decisions/index.md) ' +
      '[d](https://github.com/secondpass/secondpass/blob/main/bench/demo.ts)',
    '[e](https://example.org/x.md) [f](#here) ![g](demo.png) `[h](nowhere.md)`',
    '```md',
    '[i](nowhere.md)',
    '```',
  ]);
  expect(() => withSiteLinks('docs/answers.md', '[x](nowhere.md)', known)).toThrow(
    'nowhere.md leads nowhere',
  );
});

test('a built link to a page, a heading or a picture that is not there is told', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'site-'));
  try {
    mkdirSync(join(folder, 'api'));
    writeFileSync(join(folder, 'index.html'), '<a href="/docs/api/#here">1</a><img src="/docs/gone.svg">');
    writeFileSync(
      join(folder, 'api/index.html'),
      '<h2 id="here"></h2><a href="../index.html">1</a><a href="#there">2</a><a href="/docs/b.html">3</a>',
    );
    const { pages: count, links, broken } = await checkBuiltLinks(folder, '/docs/');
    expect([count, links]).toEqual([2, 5]);
    expect(broken.toSorted()).toEqual([
      'api/index.html: #there leads nowhere.',
      'api/index.html: /docs/b.html leads nowhere.',
      'index.html: /docs/gone.svg leads nowhere.',
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
